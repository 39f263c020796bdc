import { isDeepStrictEqual } from 'node:util';
import { readDifferences, readGolden } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { BlockIndex } from '../src/index-store/block-index.ts';
import { MatchTally } from '../src/index-store/match-tally.ts';
import { Tiers } from '../src/index-store/tiers.ts';
import { TierWeights } from '../src/tier-weights.ts';

interface Entry {
  readonly pod: string;
  readonly tier: string;
  readonly speculative?: boolean;
}

type Step =
  | {
      readonly op: 'add';
      readonly engineKeys: readonly number[] | null;
      readonly requestKeys: readonly number[];
      readonly entries: readonly Entry[];
    }
  | {
      readonly op: 'evict';
      readonly key: number;
      readonly keyType: 'engine' | 'request';
      readonly entries: readonly Entry[];
    }
  | { readonly op: 'clear'; readonly pod: string }
  | { readonly op: 'getRequestKey'; readonly engineKey: number }
  | {
      readonly op: 'lookup';
      readonly pods: readonly string[];
      readonly requestKeys: readonly number[];
      readonly expected: {
        readonly found: Readonly<Record<string, readonly string[]>>;
        readonly scores: Readonly<Record<string, number>>;
      };
    };

interface IndexCase {
  readonly id: string;
  readonly config: { readonly size: number; readonly podCacheSize: number };
  readonly tierWeights: Readonly<Record<string, number>>;
  readonly steps: readonly Step[];
}

/** What stands behind the `@` of a recorded entry. */
const placeOf = ({ tier, speculative }: Entry) => `${tier}${speculative === true ? '[speculative]' : ''}`;

/** An index of ours under the operations of the recordings. */
class RecordedIndex {
  readonly #index = new BlockIndex({ maxBytes: 1 << 20, maxBlocks: 1000 });
  readonly #tiers = new Tiers();
  readonly #weights: TierWeights;
  readonly #columns = new Map<string, number>();
  readonly #tally = new MatchTally();
  /** Blocks of a request that a block of an engine stands for. */
  readonly #requestKeys = new Map<number, readonly number[]>();

  constructor(weights: Readonly<Record<string, number>>) {
    this.#weights = new TierWeights(this.#tiers, new Map(Object.entries(weights)));
  }

  run(step: Step): void {
    if (step.op === 'add') {
      for (const key of step.requestKeys) this.#each(step.entries, (...at) => this.#index.add(key, 0, ...at));
      const [engines, blocks] = [step.engineKeys ?? [], step.requestKeys];
      engines.forEach((engine, i) => {
        const [from, to] = [i, i + 1].map((n) => (n * blocks.length) / engines.length);
        this.#requestKeys.set(engine, blocks.slice(Math.floor(from!), Math.ceil(to!)));
      });
    } else if (step.op === 'evict') {
      const keys = step.keyType === 'request' ? [step.key] : (this.#requestKeys.get(step.key) ?? []);
      for (const key of keys) this.#each(step.entries, (...at) => this.#index.remove(key, 0, ...at));
    } else if (step.op === 'clear') {
      const column = this.#columns.get(step.pod);
      if (column !== undefined) this.#index.giveUpColumn(column);
      this.#columns.delete(step.pod);
    }
  }

  /** Entries of each block among these pods, as the recordings write them. */
  found(keys: readonly number[], pods: readonly string[]): Record<string, readonly string[]> {
    const entriesOf = (key: number) =>
      this.#among(pods).flatMap(([pod, column]) =>
        this.#tiers.names.flatMap((tier, i) => (this.#index.has(key, 0, column, i) ? [`${pod}@${tier}`] : [])),
      );
    const found = keys.map((key) => [key, entriesOf(key).sort()] as const);
    return Object.fromEntries(found.filter(([, entries]) => entries.length > 0));
  }

  scores(keys: readonly number[], pods: readonly string[]): Record<string, number> {
    const { order, weights } = this.#weights;
    this.#tally.restart(this.#index.columns);
    this.#index.match(Int32Array.from(keys.flatMap((key) => [key, 0])), 0, keys.length, order, weights, this.#tally);
    const scores = this.#among(pods).map(([pod, column]) => [pod, this.#tally.weighted[column]!] as const);
    return Object.fromEntries(scores.filter(([, score]) => score > 0));
  }

  #each(entries: readonly Entry[], call: (column: number, tier: number) => void): void {
    for (const entry of entries) {
      const column = this.#columns.get(entry.pod) ?? this.#index.takeColumn();
      this.#columns.set(entry.pod, column);
      call(column, this.#tiers.numberOf(placeOf(entry)));
    }
  }

  #among(pods: readonly string[]): [string, number][] {
    return [...this.#columns].filter(([pod]) => pods.length === 0 || pods.includes(pod));
  }
}

const folder = new URL('./golden/', import.meta.url);
const FILE = 'kvblock-index.jsonl';

/** Whether every look-up finds what was recorded. */
function isEqual({ steps, tierWeights }: IndexCase): boolean {
  const index = new RecordedIndex(tierWeights);
  return steps.every((step) => {
    index.run(step);
    if (step.op !== 'lookup') return true;
    const { expected, pods, requestKeys } = step;
    const found = Object.entries(expected.found).map(([key, entries]) => [key, entries.toSorted()]);
    const scores = index.scores(requestKeys, pods);
    return (
      isDeepStrictEqual(index.found(requestKeys, pods), Object.fromEntries(found)) &&
      isDeepStrictEqual(Object.keys(scores).sort(), Object.keys(expected.scores).sort()) &&
      Object.entries(expected.scores).every(([pod, score]) => Math.abs(scores[pod]! - score) <= 1e-9)
    );
  });
}

describe(FILE, () => {
  const differences = readDifferences(FILE, folder);

  it.each(readGolden<IndexCase>(FILE, folder).map((recorded) => [recorded.id, recorded] as const))(
    '%s',
    (id, recorded) => expect(isEqual(recorded)).toBe(!differences.has(id)),
  );
});

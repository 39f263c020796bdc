import {
  createScheduler,
  defineFetcher,
  defineFilter,
  definePicker,
  inFlightLoad,
  type PluginUse,
  prefixMatch,
} from '@pointsman/core';
import { type RecordedEndpoint, readGolden } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { prefixCacheAffinityFilter } from '../src/index.ts';
import { latencyPrediction } from '../src/latency-prediction.ts';

interface Case {
  readonly id: string;
  readonly params?: object;
  readonly endpoints: readonly RecordedEndpoint[];
  readonly expected: {
    readonly kept?: readonly string[];
    readonly anyOf?: readonly { readonly frequency: number; readonly kept: readonly string[] }[];
    readonly draws?: number;
    readonly error?: string;
  };
}

const folder = new URL('./golden/', import.meta.url);
const DRAWS = 20_000;

/** A scheduler with the filter alone, over what was recorded of matches, predictions and load. */
function makeRig(filter: PluginUse, endpoints: readonly RecordedEndpoint[]) {
  let kept: readonly string[] = [];
  const match = prefixMatch();
  const prediction = latencyPrediction('predicted-latency-producer');
  const recorded = defineFetcher({
    type: 'recorded',
    writes: [match, prediction, inFlightLoad()],
    create: () => ({
      prepare(_cycle, sink, candidates) {
        for (const [i, candidate] of candidates.entries()) {
          const { '@prefix': matched, '@latency': predicted } = endpoints[i]!.attributes ?? {};
          if (matched !== undefined) sink.setCandidate(candidate, match, matched as never);
          if (predicted !== undefined) sink.setCandidate(candidate, prediction, predicted as never);
        }
      },
    }),
  })();
  const lookout = defineFilter({
    type: 'lookout',
    create: () => ({
      filterAll(candidates) {
        kept = Array.from({ length: candidates.length }, (_, i) => candidates.endpoint(i).id);
      },
    }),
  })();
  const first = definePicker({
    type: 'first',
    create: () => ({
      pick(_candidates, _totals, _cycle, order) {
        order[0] = 0;
        return 1;
      },
    }),
  })();
  const scheduler = createScheduler({
    endpoints: endpoints.map(({ id }, i) => ({ id, address: '127.0.0.1', port: i + 1 })),
    plugins: [recorded],
    profiles: { default: { filters: [filter, lookout], picker: first } },
  });
  const pool = scheduler.pools.get('default')!;
  for (const { id, attributes } of endpoints) {
    if (attributes?.['@inFlightLoad'] !== undefined) pool.setData(id, inFlightLoad(), attributes['@inFlightLoad']);
  }
  return {
    scheduler,
    async keptOf(): Promise<readonly string[]> {
      if (endpoints.length === 0) {
        await expect(scheduler.schedule({})).rejects.toMatchObject({ code: 'NO_ENDPOINTS' });
        return [];
      }
      (await scheduler.schedule({})).end();
      return kept;
    },
  };
}

describe('prefix-cache-affinity-filter.jsonl', () => {
  const cases = readGolden<Case>('prefix-cache-affinity-filter.jsonl', folder);
  it.each(cases.map((recorded) => [recorded.id, recorded] as const))('%s', async (_, recorded) => {
    const { endpoints, params, expected } = recorded;
    const bind = () => prefixCacheAffinityFilter(params as never);
    if (expected.error !== undefined) {
      expect(bind).toThrow(expect.objectContaining({ code: 'PARAMS_INVALID' }));
      return;
    }
    const rig = makeRig(bind(), endpoints);
    await using _scheduler = rig.scheduler;
    if (expected.anyOf === undefined) {
      expect(await rig.keptOf()).toEqual(expected.kept);
      return;
    }
    const seen = new Map<string, number>();
    for (let draw = 0; draw < DRAWS; draw++) {
      const kept = (await rig.keptOf()).join();
      seen.set(kept, (seen.get(kept) ?? 0) + 1);
    }
    expect([...seen.keys()].sort()).toEqual(expected.anyOf.map(({ kept }) => kept.join()).sort());
    for (const { kept, frequency } of expected.anyOf) {
      expect(Math.abs((seen.get(kept.join()) ?? 0) / DRAWS - frequency)).toBeLessThan(0.02);
    }
  });
});

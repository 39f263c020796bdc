import { prefixMatch } from '@pointsman/core';
import {
  createTestBench,
  packTokens,
  type RecordedEndpoint,
  readDifferences,
  readGolden,
} from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { hashBlocks } from '../src/hash/hash-blocks.ts';
import { approxPrefixCacheProducer } from '../src/index.ts';
import { hashText } from './hash-text.ts';
import { NaiveIndex } from './naive-index.ts';

interface Step {
  readonly requestId: string;
  readonly targetModel: string;
  readonly cacheSalt?: string;
  readonly candidates: readonly string[];
  readonly prompts: readonly [number, number][][];
  readonly profileTargets?: Readonly<Record<string, readonly string[]>>;
  readonly primaryProfile?: string;
  readonly expected: {
    /** matchBlocks, totalBlocks, blockSizeTokens */
    readonly matchInfo: Readonly<Record<string, readonly [number, number, number]>>;
    readonly lruEntriesAfter?: Readonly<Record<string, number>>;
  };
}

interface Case {
  readonly id: string;
  readonly pluginName: string;
  readonly params?: { readonly lruCapacityPerServer?: number; readonly autoTune?: boolean };
  readonly endpoints: readonly RecordedEndpoint[];
  readonly steps: readonly Step[];
}

const PROFILES = { default: {}, decode: {}, prefill: {} };
const folder = new URL('./golden/', import.meta.url);

/**
 * llm-d evicts the beginning of a prompt first, and keeps what it evicted while it recorded the same prompt
 * (docs/coming-from-llm-d.md). So where an endpoint has evicted anything, its matches are compared with a model of what is
 * right; all the rest, and always the number of blocks, with the recording.
 */
describe('approx-prefix-cache-producer.jsonl', () => {
  const cases = readGolden<Case>('approx-prefix-cache-producer.jsonl', folder);
  it.each(cases.map((recorded) => [recorded.id, recorded] as const))('%s', async (_, recorded) => {
    const { endpoints, params, pluginName } = recorded;
    await using bench = createTestBench({
      endpoints,
      plugins: [approxPrefixCacheProducer(params as never).as(pluginName)],
      profiles: PROFILES,
    });
    const capacityOf = (id: string): number => {
      const reported = endpoints.find((endpoint) => endpoint.id === id)?.metrics?.cacheNumBlocks ?? 0;
      if (params?.autoTune !== false && Number(reported) > 0) return Number(reported);
      return (params?.lruCapacityPerServer ?? 0) > 0 ? params!.lruCapacityPerServer! : 31_250;
    };
    const model = new NaiveIndex();
    let differs = false;
    for (const step of recorded.steps) {
      const { targetModel, cacheSalt = '', expected, profileTargets = {}, primaryProfile = '' } = step;
      const target = profileTargets[primaryProfile]?.[0];
      const run = await bench.run({
        request: {
          requestId: step.requestId,
          targetModel,
          tokenized: { prompts: step.prompts.map((tokens) => ({ tokens })), cacheSalt },
        },
        candidates: step.candidates,
        targets: target === undefined ? { default: [] } : profileTargets,
        primaryProfile,
        dispatch: target !== undefined,
      });
      run.call?.end();

      const [, total, blockSizeTokens] = Object.values(expected.matchInfo)[0]!;
      const prompts = step.prompts.map((runs) => ({ packed: packTokens(runs), count: 0, multimodal: [] }));
      const chains = hashText(
        hashBlocks({ prompts, cacheSalt }, { model: targetModel, blockSizeTokens, maxBlocks: 2048 }),
      );
      const capped = capTo(chains, total);
      for (const id of step.candidates) {
        const info = run.probed[prefixMatch(pluginName).id]?.[id] as Record<string, number>;
        const right = model.overflowed.has(id)
          ? [model.match(capped, id), total, blockSizeTokens]
          : expected.matchInfo[id];
        differs ||= String(right) !== String(expected.matchInfo[id]);
        expect([info['matchBlocks'], info['totalBlocks'], info['blockSizeTokens']], `${step.requestId} ${id}`).toEqual(
          right,
        );
        expect(info['cachedBlockCount']).toBe(info['matchBlocks']);
      }
      if (target === undefined) continue;
      for (const id of new Set([target, ...(profileTargets['prefill']?.slice(0, 1) ?? [])])) {
        model.record(capped, id, capacityOf(id));
      }
      const inspected = bench.pool.inspect()[pluginName] as { readonly blocksByEndpoint: object };
      expect(inspected.blocksByEndpoint, step.requestId).toEqual(expected.lruEntriesAfter);
    }
    expect(differs).toBe(readDifferences('approx-prefix-cache-producer.jsonl', folder).has(recorded.id));
  });
});

/** Every prompt cut to the number of blocks that gives `total` in all. */
function capTo(chains: readonly (readonly string[])[], total: number): readonly (readonly string[])[] {
  for (let cap = 0; ; cap++) {
    const cut = chains.map((chain) => chain.slice(0, cap));
    if (cut.flat().length === total) return cut;
    if (cut.every((chain, i) => chain.length === chains[i]!.length)) {
      throw new Error(`no limit gives ${total} blocks`);
    }
  }
}

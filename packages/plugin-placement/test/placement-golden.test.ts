import type { PluginFactory, PluginUse } from '@pointsman/core';
import {
  closeTo,
  createTestBench,
  type RecordedEndpoint,
  type RecordedRequest,
  readDifferences,
  readGolden,
} from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import {
  byLabelFilter,
  contextLengthAware,
  decodeFilter,
  encodeFilter,
  endpointAttributeFilter,
  endpointAttributeScorer,
  headerBasedTestingFilter,
  headerLabelAffinityScorer,
  labelSelectorFilter,
  loraAffinityScorer,
  prefillFilter,
  topologyAffinityFilter,
  topologyAffinityScorer,
} from '../src/index.ts';

interface Case {
  readonly id: string;
  readonly params?: Record<string, unknown>;
  readonly endpoints: readonly RecordedEndpoint[];
  readonly request?: Omit<RecordedRequest, 'peerEndpoint'> & { readonly peerEndpoint?: RecordedEndpoint };
  readonly expected: { readonly kept?: readonly string[]; readonly scores?: object; readonly error?: string };
}

const folder = new URL('./golden/', import.meta.url);

/** Runs the plugin as it was recorded; a peer is an endpoint of the pool, but no candidate. */
async function replay(use: PluginUse, as: 'filter' | 'scorer', { endpoints, request = {} }: Case) {
  const { peerEndpoint: peer, ...recorded } = request;
  await using bench = createTestBench({
    endpoints: peer === undefined ? endpoints : [...endpoints, peer],
    profiles: { default: as === 'filter' ? { filters: [use] } : { scorers: [use] } },
  });
  const value = bench.pool.endpoints().find(({ id }) => id === peer?.id);
  const attributes = [{ dataType: 'peer-endpoint', producer: 'disagg-profile-handler', value }];
  const run = await bench.run({
    request: peer === undefined ? recorded : { ...recorded, attributes },
    candidates: endpoints.map(({ id }) => id),
  });
  expect(run.explanation?.faults ?? []).toEqual([]);
  return { kept: run.kept(), scores: run.scores(use.name) };
}

function refuses(factory: PluginFactory, { params, expected }: Case): boolean {
  if (expected.error === undefined) return false;
  expect(() => factory(params)).toThrow(expect.objectContaining({ code: 'PARAMS_INVALID' }));
  return true;
}

describe.each([
  ['label-selector-filter.jsonl', labelSelectorFilter],
  ['by-label-filter.jsonl', byLabelFilter],
  ['endpoint-attribute-filter.jsonl', endpointAttributeFilter],
  ['topology-affinity-filter.jsonl', topologyAffinityFilter],
  ['context-length-aware-filter.jsonl', contextLengthAware],
  ['header-based-testing-filter.jsonl', headerBasedTestingFilter],
] as const)('%s', (file, definition) => {
  const factory = definition as PluginFactory;
  it.each(readGolden<Case>(file, folder).map((recorded) => [recorded.id, recorded] as const))(
    '%s',
    async (_, recorded) => {
      if (refuses(factory, recorded)) return;
      const { kept } = await replay(factory(recorded.params), 'filter', recorded);
      // A filter cannot change the order here; the reference's filter for tests puts endpoints in the header's order.
      const wanted = recorded.endpoints.map(({ id }) => id).filter((id) => recorded.expected.kept!.includes(id));
      const differs = wanted.join() !== recorded.expected.kept!.join();
      expect(differs).toBe(readDifferences(file, folder).has(recorded.id));
      expect(kept).toEqual(wanted);
    },
  );
});

describe.each([
  ['lora-affinity-scorer.jsonl', loraAffinityScorer],
  ['endpoint-attribute-scorer.jsonl', endpointAttributeScorer],
  ['topology-affinity-scorer.jsonl', topologyAffinityScorer],
  ['context-length-aware-scorer.jsonl', contextLengthAware],
  ['header-label-affinity-scorer.jsonl', headerLabelAffinityScorer],
] as const)('%s', (file, definition) => {
  const factory = definition as PluginFactory;
  it.each(readGolden<Case>(file, folder).map((recorded) => [recorded.id, recorded] as const))(
    '%s',
    async (_, recorded) => {
      if (refuses(factory, recorded)) return;
      const { scores } = await replay(factory(recorded.params), 'scorer', recorded);
      const differs = Object.values(recorded.expected.scores!).includes('NaN');
      expect(differs).toBe(readDifferences(file, folder).has(recorded.id));
      // Where the reference's score is no number, ours is one.
      for (const [id, score] of Object.entries(recorded.expected.scores!)) {
        if (score === 'NaN') expect(scores[id]).toBeGreaterThanOrEqual(0);
      }
      const wanted = Object.fromEntries(
        Object.entries(recorded.expected.scores!).map(([id, score]) => [id, score === 'NaN' ? scores[id] : score]),
      );
      expect(closeTo(scores, wanted), JSON.stringify([scores, wanted])).toBe(true);
    },
  );
});

describe('role-filters.jsonl', () => {
  const filters = new Map<string, PluginFactory>(
    [decodeFilter, prefillFilter, encodeFilter].map((filter) => [filter.type, filter as PluginFactory]),
  );
  it.each(
    readGolden<Case & { readonly plugin: string }>('role-filters.jsonl', folder).map(
      (recorded) => [`${recorded.plugin} ${recorded.id}`, recorded] as const,
    ),
  )('%s', async (_, recorded) => {
    const { kept } = await replay(filters.get(recorded.plugin)!(recorded.params), 'filter', recorded);
    expect(kept).toEqual(recorded.expected.kept);
  });
});

import type { PluginFactory } from '@pointsman/core';
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
  activeRequestScorer,
  kvCacheUtilizationScorer,
  loadAwareScorer,
  multiclusterKvCacheUtilizationScorer,
  multiclusterQueueScorer,
  queueScorer,
  runningRequestsSizeScorer,
  tokenLoadScorer,
} from '../src/index.ts';

interface Case {
  readonly id: string;
  readonly plugin?: string;
  readonly params?: Record<string, unknown>;
  readonly endpoints: readonly RecordedEndpoint[];
  readonly request?: RecordedRequest;
  readonly expected: { readonly scores: Readonly<Record<string, number | string>> };
}

const folder = new URL('./golden/', import.meta.url);

const scorers: readonly PluginFactory[] = [
  multiclusterKvCacheUtilizationScorer,
  multiclusterQueueScorer,
  queueScorer,
  kvCacheUtilizationScorer,
  runningRequestsSizeScorer,
  activeRequestScorer,
  tokenLoadScorer,
  loadAwareScorer,
];

describe.each(scorers.map((definition) => [definition.type, definition] as const))(
  '%s as recorded',
  (type, definition) => {
    const file = type.startsWith('multicluster-') ? 'multicluster-scorers.jsonl' : `${type}.jsonl`;
    const cases = readGolden<Case>(file, folder).filter(({ plugin = type }) => plugin === type);
    it.each(cases.map((recorded) => [recorded.id, recorded] as const))('%s', async (_, recorded) => {
      const { endpoints, request = {}, params, expected } = recorded;
      await using bench = createTestBench({
        endpoints,
        profiles: { default: { scorers: [definition(params as never)] } },
      });
      const run = await bench.run({ request });
      const scores = run.scores(type);
      const wanted = withinUnit(expected.scores);
      const differs = Object.values(expected.scores).includes('NaN');
      expect(differs).toBe(readDifferences(file, folder).has(recorded.id));
      if (differs) expect(Object.values(scores).every((score) => score >= 0 && score <= 1)).toBe(true);
      // One cluster whose queue is no number makes all scores of the reference unusable. Ours leaves out that cluster.
      if (differs && definition === multiclusterQueueScorer) return;
      expect(closeTo(scores, wanted), JSON.stringify([scores, wanted])).toBe(true);
    });
  },
);

/** Recorded scores are raw. Ours are in 0..1 from the start, and absent where the reference has NaN. */
function withinUnit(recorded: Readonly<Record<string, number | string>>): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(recorded)
      .filter(([, score]) => score !== 'NaN')
      .map(([id, score]) => [id, Math.min(1, Math.max(0, Number(score)))]),
  );
}

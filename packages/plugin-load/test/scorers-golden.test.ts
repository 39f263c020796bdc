import type { PluginFactory } from '@pointsman/core';
import {
  closeTo,
  createTestBench,
  type RecordedEndpoint,
  type RecordedRequest,
  readGolden,
} from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import {
  activeRequestScorer,
  kvCacheUtilizationScorer,
  loadAwareScorer,
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

const scorers: readonly PluginFactory[] = [
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
    const cases = readGolden<Case>(`${type}.jsonl`, new URL('./golden/', import.meta.url));
    it.each(cases.map((recorded) => [recorded.id, recorded] as const))('%s', async (_, recorded) => {
      const { endpoints, request = {}, params, expected } = recorded;
      await using bench = createTestBench({
        endpoints,
        profiles: { default: { scorers: [definition(params as never)] } },
      });
      const run = await bench.run({ request });
      const scores = run.scores(type);
      const wanted = asTheEngineShows(expected.scores);
      expect(closeTo(scores, wanted), JSON.stringify([scores, wanted])).toBe(true);
    });
  },
);

/** Infinite scores do not exist in the engine: negative infinity is no opinion, and positive is as bad as NaN. */
function asTheEngineShows(
  recorded: Readonly<Record<string, number | string>>,
): Readonly<Record<string, number | string>> {
  return Object.fromEntries(
    Object.entries(recorded)
      .filter(([, score]) => score !== '-Infinity')
      .map(([id, score]) => [id, score === 'Infinity' ? 'NaN' : score]),
  );
}

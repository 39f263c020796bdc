import type { PluginUse } from '@pointsman/core';
import { createTestBench, type RecordedEndpoint } from '@pointsman/testkit/harness';
import fc from 'fast-check';
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

interface Subject {
  readonly scorer: () => PluginUse;
  /** An endpoint that carries so much of the load that the scorer looks at. */
  readonly loaded: (id: string, load: number) => RecordedEndpoint;
  /** Load that can happen. */
  readonly load: fc.Arbitrary<number>;
}

const count = fc.nat(100_000);
const share = fc.double({ min: 0, max: 1, noNaN: true });
const inMetrics =
  (field: 'waitingQueueSize' | 'runningRequestsSize' | 'kvCacheUsagePercent') => (id: string, load: number) => ({
    id,
    metrics: { [field]: load },
  });
const inAttribute = (key: string) => (id: string, load: number) => ({ id, attributes: { [key]: load } });
const inFlight = (field: 'requests' | 'tokens') => (id: string, load: number) => ({
  id,
  attributes: { '@inFlightLoad': { [field]: load } },
});

const subjects: Readonly<Record<string, Subject>> = {
  'queue-scorer': { scorer: queueScorer, loaded: inMetrics('waitingQueueSize'), load: count },
  'running-requests-size-scorer': {
    scorer: runningRequestsSizeScorer,
    loaded: inMetrics('runningRequestsSize'),
    load: count,
  },
  'kv-cache-utilization-scorer': {
    scorer: kvCacheUtilizationScorer,
    loaded: inMetrics('kvCacheUsagePercent'),
    load: share,
  },
  'load-aware-scorer': {
    scorer: () => loadAwareScorer({ threshold: 500 }),
    loaded: inMetrics('waitingQueueSize'),
    load: count,
  },
  'active-request-scorer': {
    scorer: () => activeRequestScorer({ idleThreshold: 3, maxBusyScore: 0.8 }),
    loaded: inFlight('requests'),
    load: count,
  },
  'token-load-scorer': {
    scorer: () => tokenLoadScorer({ queueThresholdTokens: 50_000 }),
    loaded: inFlight('tokens'),
    load: count,
  },
  'multicluster-queue-scorer': {
    scorer: multiclusterQueueScorer,
    loaded: inAttribute('llm-d.ai/multicluster-queue-size'),
    load: count,
  },
  'multicluster-kv-cache-utilization-scorer': {
    scorer: multiclusterKvCacheUtilizationScorer,
    loaded: inAttribute('llm-d.ai/multicluster-kv-cache-utilization'),
    load: share,
  },
};

const anyNumber = fc.oneof(
  fc.double(),
  fc.constantFrom(Number.NaN, Infinity, -Infinity, -1, 0, Number.MAX_VALUE, Number.MAX_SAFE_INTEGER, 5e-324),
);

async function scoresOf(endpoints: readonly RecordedEndpoint[], scorer: PluginUse) {
  await using bench = createTestBench({ endpoints, profiles: { default: { scorers: [scorer] } } });
  const run = await bench.run();
  const again = await bench.run();
  const candidates = run.explanation!.profiles[0]!.candidates;
  return {
    scores: run.scores(scorer.name),
    again: again.scores(scorer.name),
    totals: candidates.map(({ total }) => total),
  };
}

describe.each(Object.entries(subjects))('%s', (_, { scorer, loaded, load }) => {
  const loads = fc.array(load, { minLength: 1, maxLength: 12 });
  const endpointsOf = (values: readonly number[]) => values.map((value, i) => loaded(`a/${i}`, value));

  it('gives every endpoint 0..1, less for more load, and the same again', async () => {
    const law = fc.asyncProperty(loads, async (values) => {
      const { scores, again } = await scoresOf(endpointsOf(values), scorer());
      expect(Object.keys(scores)).toHaveLength(values.length);
      expect(again).toEqual(scores);
      for (const [i, value] of values.entries()) {
        const score = scores[`a/${i}`]!;
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
        for (const [j, other] of values.entries()) {
          if (value <= other) expect(score).toBeGreaterThanOrEqual(scores[`a/${j}`]!);
        }
      }
    });
    await fc.assert(law, { numRuns: 60 });
  });

  it('does not care about the order of the endpoints', async () => {
    const shuffled = loads.chain((values) => {
      const endpoints = endpointsOf(values);
      const all = { minLength: endpoints.length, maxLength: endpoints.length };
      return fc.tuple(fc.constant(endpoints), fc.shuffledSubarray(endpoints, all));
    });
    const law = fc.asyncProperty(shuffled, async ([endpoints, other]) => {
      const [one, two] = await Promise.all([scoresOf(endpoints, scorer()), scoresOf(other, scorer())]);
      expect(two.scores).toEqual(one.scores);
    });
    await fc.assert(law, { numRuns: 40 });
  });

  it('survives data that is missing, no number or extreme: every total stays finite', async () => {
    const data = fc.array(fc.option(anyNumber), { minLength: 1, maxLength: 8 });
    const law = fc.asyncProperty(data, async (values) => {
      const endpoints = values.map((value, i) => (value === null ? { id: `a/${i}` } : loaded(`a/${i}`, value)));
      const { totals } = await scoresOf(endpoints, scorer());
      for (const total of totals) {
        expect(total).toBeGreaterThanOrEqual(0);
        expect(total).toBeLessThanOrEqual(1);
      }
    });
    await fc.assert(law, { numRuns: 60 });
  });
});

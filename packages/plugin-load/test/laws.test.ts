import { pluginLaws } from '@pointsman/testkit/conformance';
import { describe, it } from 'vitest';
import {
  activeRequestScorer,
  concurrencyDetector,
  inflightLoadProducer,
  kvCacheUtilizationScorer,
  loadAwareScorer,
  multiclusterKvCacheUtilizationScorer,
  multiclusterQueueScorer,
  probabilisticAdmitter,
  queueScorer,
  runningRequestsSizeScorer,
  tokenLoadScorer,
  utilizationDetector,
  utilizationFilter,
} from '../src/index.ts';

describe.each([
  queueScorer(),
  kvCacheUtilizationScorer(),
  runningRequestsSizeScorer(),
  activeRequestScorer({ idleThreshold: 2, maxBusyScore: 0.5 }),
  tokenLoadScorer({ queueThresholdTokens: 100 }),
  loadAwareScorer({ threshold: 4 }),
  multiclusterQueueScorer(),
  multiclusterKvCacheUtilizationScorer(),
  utilizationFilter({
    conditions: [
      { metric: 'waiting-queue', maxValue: 3 },
      { metric: 'kv-cache-utilization', maxValue: 0.5 },
      { metric: 'active-requests', maxValue: 5 },
    ],
  }),
  utilizationFilter({ conditions: [{ metric: 'running-requests', maxValue: 0 }], fallbackOnEmpty: true }),
  concurrencyDetector({ maxConcurrency: 3 }),
  concurrencyDetector({ maxConcurrency: 3, maxTokenConcurrency: 50, concurrencyMode: 'hybrid', headroom: 0.5 }),
  utilizationDetector(),
  utilizationDetector({
    queueDepthThreshold: 2,
    kvCacheUtilThreshold: 0.5,
    metricsStalenessThreshold: '1h',
    headroom: 0.5,
  }),
  inflightLoadProducer({ addEstimatedOutputTokens: true }),
])('laws of $definition.type', (use) => {
  it.each(pluginLaws(use, {}))('$name', ({ check }) => check());
});

describe('laws of probabilistic-admitter', () => {
  it.each(pluginLaws(probabilisticAdmitter(), { remembers: true }))('$name', ({ check }) => check());
});

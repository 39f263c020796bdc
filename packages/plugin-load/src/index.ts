import type { PluginDefinition } from '@pointsman/core';
import { activeRequestScorer } from './active-request-scorer.ts';
import { inflightLoadProducer } from './inflight-load-producer.ts';
import { kvCacheUtilizationScorer } from './kv-cache-utilization-scorer.ts';
import { loadAwareScorer } from './load-aware-scorer.ts';
import { coreMetricsExtractor } from './metrics/core-metrics-extractor.ts';
import { metricsDataSource } from './metrics/metrics-data-source.ts';
import { modelsDataExtractor } from './models-data-extractor.ts';
import { modelsDataSource } from './models-data-source.ts';
import { queueScorer } from './queue-scorer.ts';
import { runningRequestsSizeScorer } from './running-requests-size-scorer.ts';
import { tokenLoadScorer } from './token-load-scorer.ts';

export { type MetricSelector, parseSelector } from './metrics/metric-selector.ts';
export { MetricsPage, type Sample } from './metrics/metrics-page.ts';
export { MetricsPageError } from './metrics/metrics-page-error.ts';
export { type ServedModel, servedModels } from './models-data-extractor.ts';
export {
  activeRequestScorer,
  coreMetricsExtractor,
  inflightLoadProducer,
  kvCacheUtilizationScorer,
  loadAwareScorer,
  metricsDataSource,
  modelsDataExtractor,
  modelsDataSource,
  queueScorer,
  runningRequestsSizeScorer,
  tokenLoadScorer,
};

/** Every plugin of this package. */
export const loadPlugins: readonly PluginDefinition[] = [
  queueScorer,
  kvCacheUtilizationScorer,
  runningRequestsSizeScorer,
  activeRequestScorer,
  tokenLoadScorer,
  loadAwareScorer,
  inflightLoadProducer,
  metricsDataSource,
  coreMetricsExtractor,
  modelsDataSource,
  modelsDataExtractor,
];

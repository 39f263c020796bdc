import type { PluginDefinition } from '@pointsman/core';
import { activeRequestScorer } from './active-request-scorer.ts';
import { concurrencyDetector } from './concurrency-detector.ts';
import { inflightLoadProducer } from './inflight-load-producer.ts';
import { kvCacheUtilizationScorer } from './kv-cache-utilization-scorer.ts';
import { loadAwareScorer } from './load-aware-scorer.ts';
import { coreMetricsExtractor } from './metrics/core-metrics-extractor.ts';
import { dcgmDataSource } from './metrics/dcgm-data-source.ts';
import { dcgmExtractor } from './metrics/dcgm-extractor.ts';
import { metricsDataSource } from './metrics/metrics-data-source.ts';
import { modelsDataExtractor } from './models-data-extractor.ts';
import { modelsDataSource } from './models-data-source.ts';
import { multiclusterKvCacheUtilizationScorer } from './multicluster/multicluster-kv-cache-utilization-scorer.ts';
import { multiclusterMetricsDataSource } from './multicluster/multicluster-metrics-data-source.ts';
import { multiclusterMetricsExtractor } from './multicluster/multicluster-metrics-extractor.ts';
import { multiclusterQueueScorer } from './multicluster/multicluster-queue-scorer.ts';
import { probabilisticAdmitter } from './probabilistic-admitter.ts';
import { queueScorer } from './queue-scorer.ts';
import { runningRequestsSizeScorer } from './running-requests-size-scorer.ts';
import { tokenLoadScorer } from './token-load-scorer.ts';
import { utilizationDetector } from './utilization-detector.ts';
import { utilizationFilter } from './utilization-filter.ts';

export { gpuUtilization } from './metrics/dcgm-extractor.ts';
export { type MetricSelector, parseSelector } from './metrics/metric-selector.ts';
export { MetricsPage, type PageSource, type Sample } from './metrics/metrics-page.ts';
export { MetricsPageError } from './metrics/metrics-page-error.ts';
export { type ServedModel, servedModels } from './models-data-extractor.ts';
export { multiclusterKvCacheUtilization, multiclusterQueueSize } from './multicluster/multicluster-keys.ts';
export {
  activeRequestScorer,
  concurrencyDetector,
  coreMetricsExtractor,
  dcgmDataSource,
  dcgmExtractor,
  inflightLoadProducer,
  kvCacheUtilizationScorer,
  loadAwareScorer,
  metricsDataSource,
  modelsDataExtractor,
  modelsDataSource,
  multiclusterKvCacheUtilizationScorer,
  multiclusterMetricsDataSource,
  multiclusterMetricsExtractor,
  multiclusterQueueScorer,
  probabilisticAdmitter,
  queueScorer,
  runningRequestsSizeScorer,
  tokenLoadScorer,
  utilizationDetector,
  utilizationFilter,
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
  utilizationFilter,
  concurrencyDetector,
  utilizationDetector,
  probabilisticAdmitter,
  dcgmDataSource,
  dcgmExtractor,
  multiclusterMetricsDataSource,
  multiclusterMetricsExtractor,
  multiclusterQueueScorer,
  multiclusterKvCacheUtilizationScorer,
];

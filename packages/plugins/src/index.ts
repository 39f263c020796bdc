import type { PluginDefinition } from '@pointsman/core';
import {
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
} from '@pointsman/plugin-load';
import { byLabelFilter, labelSelectorFilter, loraAffinityScorer } from '@pointsman/plugin-placement';
import { approxPrefixCacheProducer, prefixCacheScorer } from '@pointsman/plugin-prefix-cache';
import { maxScorePicker, randomPicker, singleProfileHandler, weightedRandomPicker } from '@pointsman/plugin-selection';
import {
  multiclusterSessionAffinityFilter,
  sessionAffinityFilter,
  sessionAffinityScorer,
} from '@pointsman/plugin-session-affinity';
import { tokenProducer } from '@pointsman/plugin-tokenizer';

/** Every plugin that comes with Pointsman. What is not listed here is not found by its type name in configuration. */
export const builtinPlugins: readonly PluginDefinition[] = [
  activeRequestScorer,
  approxPrefixCacheProducer,
  byLabelFilter,
  coreMetricsExtractor,
  inflightLoadProducer,
  kvCacheUtilizationScorer,
  labelSelectorFilter,
  loadAwareScorer,
  loraAffinityScorer,
  maxScorePicker,
  metricsDataSource,
  modelsDataExtractor,
  modelsDataSource,
  multiclusterSessionAffinityFilter,
  prefixCacheScorer,
  queueScorer,
  randomPicker,
  runningRequestsSizeScorer,
  sessionAffinityFilter,
  sessionAffinityScorer,
  singleProfileHandler,
  tokenLoadScorer,
  tokenProducer,
  weightedRandomPicker,
];

import { createScheduler, staticEndpoints } from '@pointsman/core';
import { coreMetricsExtractor, kvCacheUtilizationScorer, metricsDataSource, queueScorer } from '@pointsman/plugin-load';
import { approxPrefixCacheProducer, prefixCacheScorer } from '@pointsman/plugin-prefix-cache';
import { maxScorePicker } from '@pointsman/plugin-selection';
import { tokenProducer } from '@pointsman/plugin-tokenizer';

/** Who decides, and with what weight: the blend that Pointsman has by default. */
export function schedulerFor(endpoints: readonly string[]) {
  return createScheduler({
    endpoints: staticEndpoints(endpoints),
    sources: [{ fetcher: metricsDataSource(), extractors: [coreMetricsExtractor()] }],
    plugins: [tokenProducer(), approxPrefixCacheProducer()],
    profiles: {
      default: {
        scorers: [
          [queueScorer(), 2],
          [kvCacheUtilizationScorer(), 2],
          [prefixCacheScorer(), 3],
        ],
        picker: maxScorePicker({ maxNumOfEndpoints: 3 }),
      },
    },
  });
}

import { defineExtractor } from '@pointsman/core';
import { z } from 'zod';
import { excerpt } from '../excerpt.ts';
import { parseSelector } from '../metrics/metric-selector.ts';
import { MetricsPage } from '../metrics/metrics-page.ts';
import { MissingMetrics } from '../metrics/missing-metrics.ts';
import { numberField } from '../metrics/number-field.ts';
import { multiclusterKvCacheUtilization, multiclusterQueueSize } from './multicluster-keys.ts';

const metricName = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((text, context) => {
      const selector = parseSelector(text || fallback);
      if (selector !== undefined) return selector;
      context.addIssue({
        code: 'custom',
        message: `${excerpt(text)} is no metric: write name or name{label=value,...}`,
      });
      return z.NEVER;
    });

/** Reads the load of a remote cluster from the metrics of its scheduler. */
export const multiclusterMetricsExtractor = defineExtractor({
  type: 'multicluster-metrics-extractor',
  description: 'Reads queue size and KV-cache use of remote clusters.',
  stability: 'alpha',
  params: z.strictObject({
    kvCacheUtilizationMetric: metricName('llm_d_epp_average_kv_cache_utilization'),
    queueSizeMetric: metricName('llm_d_epp_average_queue_size'),
  }),
  reads: [multiclusterQueueSize, multiclusterKvCacheUtilization],
  writes: [multiclusterQueueSize, multiclusterKvCacheUtilization],
  create: ({ params, name, read, write, log }) => {
    const missing = new MissingMetrics(log, name);
    const wanted = [
      {
        selector: params.kvCacheUtilizationMetric,
        field: numberField(read(multiclusterKvCacheUtilization), write(multiclusterKvCacheUtilization)),
      },
      {
        selector: params.queueSizeMetric,
        field: numberField(read(multiclusterQueueSize), write(multiclusterQueueSize)),
      },
    ];
    return {
      extract(payload, endpoint) {
        const page = MetricsPage.of(payload);
        const absent: string[] = [];
        let changed = false;
        for (const { selector, field } of wanted) {
          const sample = page.newest(selector);
          if (sample === undefined) absent.push(`${selector.name} is missing`);
          else if (field(endpoint, sample.value)) changed = true;
        }
        missing.report(endpoint, absent);
        return changed;
      },
      endpointRemoved: (endpoint) => missing.forget(endpoint),
      inspect: () => missing.shown(),
    };
  },
});

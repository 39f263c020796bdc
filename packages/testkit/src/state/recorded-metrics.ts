import {
  activeModels,
  cacheBlockSize,
  cacheNumBlocks,
  type GivenDatum,
  kvCacheUsage,
  maxActiveModels,
  runningRequestsSize,
  waitingModels,
  waitingQueueSize,
} from '@pointsman/core';
import { z } from 'zod';

const anyNumber = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform((text) => Number(text))]);
const models = z.record(z.string(), z.number());

/** What a model server's metrics page said. What is left out is zero. */
export const recordedMetrics = z.strictObject({
  waitingQueueSize: anyNumber.optional(),
  runningRequestsSize: anyNumber.optional(),
  /** 0..1 */
  kvCacheUsagePercent: anyNumber.optional(),
  activeModels: models.optional(),
  waitingModels: models.optional(),
  maxActiveModels: anyNumber.optional(),
  cacheBlockSize: anyNumber.optional(),
  cacheNumBlocks: anyNumber.optional(),
  ageMs: z.number().optional(),
  neverUpdated: z.boolean().optional(),
});

export type RecordedMetrics = z.input<typeof recordedMetrics>;

/** The metrics as endpoint data. */
export function metricValues(metrics: RecordedMetrics): readonly GivenDatum[] {
  const { neverUpdated = false } = metrics;
  if (neverUpdated && Object.keys(metrics).length === 1) return [];
  return [
    { key: waitingQueueSize, value: Number(metrics.waitingQueueSize ?? 0) },
    { key: runningRequestsSize, value: Number(metrics.runningRequestsSize ?? 0) },
    { key: kvCacheUsage, value: Number(metrics.kvCacheUsagePercent ?? 0) },
    { key: maxActiveModels, value: Number(metrics.maxActiveModels ?? 0) },
    { key: cacheBlockSize, value: Number(metrics.cacheBlockSize ?? 0) },
    { key: cacheNumBlocks, value: Number(metrics.cacheNumBlocks ?? 0) },
    { key: activeModels, value: new Set(Object.keys(metrics.activeModels ?? {})) },
    { key: waitingModels, value: new Set(Object.keys(metrics.waitingModels ?? {})) },
  ];
}

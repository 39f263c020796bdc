import { defineFilter, inFlightLoad, kvCacheUsage, runningRequestsSize, waitingQueueSize } from '@pointsman/core';
import { z } from 'zod';
import { inFlightLoadProducerName } from './inflight-producer-name.ts';

const condition = z
  .strictObject({
    metric: z.enum(['active-requests', 'running-requests', 'waiting-queue', 'kv-cache-utilization']),
    /** The endpoint is dropped above it; equal passes. A share of the cache, 0..1, for kv-cache-utilization. */
    maxValue: z.number().min(0),
  })
  .refine(({ metric, maxValue }) => metric !== 'kv-cache-utilization' || maxValue <= 1, {
    message: 'must be at most 1 for kv-cache-utilization',
    path: ['maxValue'],
  });

/** Drops endpoints where any of several load figures is above its limit. Data that is missing counts as 0. */
export const utilizationFilter = defineFilter({
  type: 'utilization-filter',
  description: 'Drops endpoints whose load is above fixed limits.',
  params: z.strictObject({
    conditions: z.array(condition).min(1),
    /** Keeps all endpoints when none would be left. */
    fallbackOnEmpty: z.boolean().default(false),
    inFlightLoadProducerName,
  }),
  reads: ({ conditions, inFlightLoadProducerName }) => [
    runningRequestsSize,
    waitingQueueSize,
    kvCacheUsage,
    ...(conditions.some(({ metric }) => metric === 'active-requests') ? [inFlightLoad(inFlightLoadProducerName)] : []),
  ],
  create: ({ params: { conditions, fallbackOnEmpty, inFlightLoadProducerName }, read }) => {
    const columnOf = (metric: (typeof conditions)[number]['metric']): (() => Float64Array) => {
      switch (metric) {
        case 'active-requests': {
          const load = read(inFlightLoad(inFlightLoadProducerName));
          return () => load.fields.requests;
        }
        case 'running-requests': {
          const running = read(runningRequestsSize);
          return () => running.values;
        }
        case 'waiting-queue': {
          const waiting = read(waitingQueueSize);
          return () => waiting.values;
        }
        case 'kv-cache-utilization': {
          const usage = read(kvCacheUsage);
          return () => usage.values;
        }
      }
    };
    const limits = conditions.map(({ metric, maxValue }) => ({
      column: columnOf(metric),
      maxValue,
      reason: `${metric} above ${maxValue}`,
    }));
    const exceeded = (row: number): string | undefined => {
      for (let c = 0; c < limits.length; c++) {
        const { column, maxValue, reason } = limits[c]!;
        if (column()[row]! > maxValue) return reason;
      }
      return undefined;
    };
    return {
      filterAll(candidates, cycle, drops) {
        const { rows, length } = candidates;
        if (fallbackOnEmpty && length > 0) {
          let left = 0;
          for (let i = 0; i < length; i++) if (exceeded(rows[i]!) === undefined) left++;
          if (left === 0) {
            cycle.note('every endpoint is above its limits; all are kept');
            return;
          }
        }
        for (let i = 0; i < length; i++) {
          const reason = exceeded(rows[i]!);
          if (reason !== undefined) drops.drop(i, reason);
        }
      },
    };
  },
});

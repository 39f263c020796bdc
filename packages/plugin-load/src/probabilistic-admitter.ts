import { definePlugin, kvCacheUsage, reject, waitingQueueSize } from '@pointsman/core';
import { z } from 'zod';
import { saturation, utilization } from './saturation.ts';

/**
 * Turns low-priority requests away at random, the likelier the fuller the pool is: with p = min(1, k x saturation^power),
 * where saturation is the mean over the endpoints of max(queue / queueDepthThreshold, KV use / kvCacheUtilThreshold).
 * An endpoint without metrics counts as full. Requests of priority 0 and above always pass.
 */
export const probabilisticAdmitter = definePlugin({
  type: 'probabilistic-admitter',
  description: 'Turns low-priority requests away at random when the pool fills up.',
  params: z.strictObject({
    /** Waiting requests at which an endpoint counts as full. */
    queueDepthThreshold: z.number().positive().default(5),
    /** Share of the KV cache in use at which an endpoint counts as full. */
    kvCacheUtilThreshold: z.number().positive().default(0.8),
    /** How late and how steeply the refusals begin. */
    power: z.number().positive().default(5),
    /** How often requests are refused at saturation 1. */
    k: z.number().positive().default(300),
  }),
  reads: [waitingQueueSize, kvCacheUsage],
  create: ({ params, read, endpoints }) => {
    const waiting = read(waitingQueueSize);
    const usage = read(kvCacheUsage);

    function fullnessOf(row: number): number {
      if (Number.isNaN(waiting.writtenAt[row]) && Number.isNaN(usage.writtenAt[row])) return 1;
      return utilization(waiting.values[row]!, usage.values[row]!, params);
    }

    const poolSaturation = () => saturation(endpoints.list(), fullnessOf, 0);

    return {
      preCall(cycle) {
        if (cycle.request.priority >= 0) return;
        const full = poolSaturation();
        const probability = Math.min(params.k * full ** params.power, 1);
        if (cycle.random.next() >= probability) return;
        reject({
          status: 429,
          reason: 'rejected-saturated',
          message: `the pool is ${(100 * full).toFixed(0)} % full: requests of low priority are turned away with probability ${probability.toFixed(2)}`,
        });
      },
      inspect: () => ({ saturation: poolSaturation() }),
    };
  },
});

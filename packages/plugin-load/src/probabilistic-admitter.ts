import { definePlugin, kvCacheUsage, reject, waitingQueueSize } from '@pointsman/core';
import { z } from 'zod';

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

    function saturation(): number {
      const list = endpoints.list();
      let sum = 0;
      for (const { row } of list) sum += saturationOf(row);
      return list.length === 0 ? 0 : sum / list.length;
    }

    function saturationOf(row: number): number {
      if (Number.isNaN(waiting.writtenAt[row]) && Number.isNaN(usage.writtenAt[row])) return 1;
      const queue = waiting.values[row]! / params.queueDepthThreshold;
      const kv = usage.values[row]! / params.kvCacheUtilThreshold;
      return Math.max(queue, kv);
    }

    return {
      preCall(cycle) {
        if (cycle.request.priority >= 0) return;
        const full = saturation();
        const probability = Math.min(params.k * full ** params.power, 1);
        if (cycle.random.next() >= probability) return;
        reject({
          status: 429,
          reason: 'rejected-saturated',
          message: `the pool is ${(100 * full).toFixed(0)} % full: requests of low priority are turned away with probability ${probability.toFixed(2)}`,
        });
      },
      inspect: () => ({ saturation: saturation() }),
    };
  },
});

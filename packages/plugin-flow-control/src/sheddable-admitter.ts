import { definePlugin, reject } from '@pointsman/core';
import { z } from 'zod';

/**
 * Turns requests of a priority below 0 away while the part of the pool where they may run is full. Nobody waits. What llm-d
 * does without flow control.
 */
export const sheddableAdmitter = definePlugin({
  type: 'sheddable-admitter',
  description: 'Turns requests of a priority below 0 away while the pool is full.',
  params: z.strictObject({
    /** Name of the plugin that knows how full the pool is. */
    saturationDetector: z.string().min(1).default('utilization-detector'),
  }),
  create: ({ params, saturation }) => {
    const saturationOf = saturation(params.saturationDetector);
    return {
      admit(cycle) {
        if (cycle.request.priority >= 0 || saturationOf(cycle.endpoints()) < 1) return;
        reject({
          status: 429,
          reason: 'rejected-saturated',
          message: 'system saturated, sheddable request dropped',
        });
      },
    };
  },
});

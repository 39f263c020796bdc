import { defineScorer, waitingQueueSize } from '@pointsman/core';
import { z } from 'zod';
import { unitScore } from './unit-score.ts';

const DEFAULT_THRESHOLD = 128;

/** Prefers short queues by an absolute measure: 0.5 for an empty one, down to 0 at `threshold` waiting requests. */
export const loadAwareScorer = defineScorer({
  type: 'load-aware-scorer',
  category: 'distribution',
  description: 'Prefers short queues, measured against a fixed threshold.',
  params: z.strictObject({
    /** Waiting requests at which the score reaches 0. Values below 1 mean the default. */
    threshold: z
      .int()
      .default(DEFAULT_THRESHOLD)
      .transform((value) => (value > 0 ? value : DEFAULT_THRESHOLD)),
  }),
  reads: [waitingQueueSize],
  create: ({ params: { threshold }, read }) => {
    const waiting = read(waitingQueueSize);
    return {
      scoreAll(candidates, _cycle, out) {
        const { values } = waiting;
        for (let i = 0; i < candidates.length; i++) {
          const queue = values[candidates.rows[i]!]!;
          out[i] = unitScore(0.5 * (1 - Math.min(queue, threshold) / threshold));
        }
      },
    };
  },
});

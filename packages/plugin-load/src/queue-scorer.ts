import { defineScorer, waitingQueueSize } from '@pointsman/core';
import { z } from 'zod';
import { scoreFewestFirst } from './fewest-first.ts';

/** Prefers endpoints with few waiting requests: (max - waiting) / (max - min) over the candidates; all 1 when equal. */
export const queueScorer = defineScorer({
  type: 'queue-scorer',
  category: 'distribution',
  description: 'Prefers endpoints where few requests wait, compared with the other candidates.',
  params: z.looseObject({}),
  reads: [waitingQueueSize],
  create: ({ read }) => {
    const waiting = read(waitingQueueSize);
    return { scoreAll: (candidates, _cycle, out) => scoreFewestFirst(waiting.values, candidates, out) };
  },
});

import { defineScorer, runningRequestsSize } from '@pointsman/core';
import { z } from 'zod';
import { scoreFewestFirst } from './fewest-first.ts';

/** Prefers endpoints that run few requests: (max - running) / (max - min) over the candidates; all 1 when equal. */
export const runningRequestsSizeScorer = defineScorer({
  type: 'running-requests-size-scorer',
  category: 'distribution',
  description: 'Prefers endpoints that run few requests, compared with the other candidates.',
  params: z.looseObject({}),
  reads: [runningRequestsSize],
  create: ({ read }) => {
    const running = read(runningRequestsSize);
    return { scoreAll: (candidates, _cycle, out) => scoreFewestFirst(running.values, candidates, out) };
  },
});

import { defineScorer } from '@pointsman/core';
import { z } from 'zod';
import { scoreFewestFirst } from '../fewest-first.ts';
import { multiclusterQueueSize } from './multicluster-keys.ts';

/** Prefers clusters with short queues: (max - size) / (max - min) over the candidates that tell; all 1 when equal. */
export const multiclusterQueueScorer = defineScorer({
  type: 'multicluster-queue-scorer',
  category: 'distribution',
  description: 'Prefers clusters where few requests wait.',
  stability: 'alpha',
  params: z.looseObject({}),
  reads: [multiclusterQueueSize],
  create: ({ read }) => {
    const size = read(multiclusterQueueSize);
    return { scoreAll: (candidates, _cycle, out) => scoreFewestFirst(size.values, candidates, out) };
  },
});

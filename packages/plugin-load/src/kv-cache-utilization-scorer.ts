import { defineScorer, kvCacheUsage } from '@pointsman/core';
import { z } from 'zod';
import { unitScore } from './unit-score.ts';

/** Prefers endpoints with room in their KV cache: 1 - usage. */
export const kvCacheUtilizationScorer = defineScorer({
  type: 'kv-cache-utilization-scorer',
  category: 'distribution',
  description: 'Prefers endpoints whose KV cache has room.',
  params: z.looseObject({}),
  reads: [kvCacheUsage],
  create: ({ read }) => {
    const usage = read(kvCacheUsage);
    return {
      scoreAll(candidates, _cycle, out) {
        const { values } = usage;
        for (let i = 0; i < candidates.length; i++) out[i] = unitScore(1 - values[candidates.rows[i]!]!);
      },
    };
  },
});

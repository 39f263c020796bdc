import { defineScorer } from '@pointsman/core';
import { z } from 'zod';
import { unitScore } from '../unit-score.ts';
import { multiclusterKvCacheUtilization } from './multicluster-keys.ts';

/** Prefers clusters with room in their KV caches: 1 - use; no opinion about those that do not tell. */
export const multiclusterKvCacheUtilizationScorer = defineScorer({
  type: 'multicluster-kv-cache-utilization-scorer',
  category: 'distribution',
  description: 'Prefers clusters whose KV caches have room.',
  stability: 'alpha',
  params: z.looseObject({}),
  reads: [multiclusterKvCacheUtilization],
  create: ({ read }) => {
    const usage = read(multiclusterKvCacheUtilization);
    return {
      scoreAll(candidates, _cycle, out) {
        const { values, writtenAt } = usage;
        for (let i = 0; i < candidates.length; i++) {
          const row = candidates.rows[i]!;
          if (!Number.isNaN(writtenAt[row])) out[i] = unitScore(1 - values[row]!);
        }
      },
    };
  },
});

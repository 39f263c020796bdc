import { activeModels, defineScorer, maxActiveModels, waitingModels } from '@pointsman/core';
import { z } from 'zod';

/**
 * Prefers endpoints where the requested LoRA adapter is loaded: 1 when it runs there, 0.8 when there is room to load it,
 * 0.6 when requests wait there for it to be loaded, else 0. The adapter is the target model.
 */
export const loraAffinityScorer = defineScorer({
  type: 'lora-affinity-scorer',
  category: 'affinity',
  description: 'Prefers endpoints that have the requested LoRA adapter, then those with room for it.',
  params: z.looseObject({}),
  reads: [activeModels, waitingModels, maxActiveModels],
  create: ({ read }) => {
    const active = read(activeModels);
    const waiting = read(waitingModels);
    const limit = read(maxActiveModels);
    return {
      scoreAll(candidates, cycle, out) {
        const adapter = cycle.request.targetModel;
        for (let i = 0; i < candidates.length; i++) {
          const row = candidates.rows[i]!;
          const running = active.values[row];
          const queued = waiting.values[row];
          if (running?.has(adapter) === true) out[i] = 1;
          else if ((running?.size ?? 0) + (queued?.size ?? 0) < limit.values[row]!) out[i] = 0.8;
          else out[i] = queued?.has(adapter) === true ? 0.6 : 0;
        }
      },
    };
  },
});

import { createScheduler, type DecisionDraft, definePlugin, type Outcome, type SchedulerHost } from '@pointsman/core';
import { z } from 'zod';
import { inOrderPicker } from '../../server/in-order-picker.ts';
import { deferred } from './deferred.ts';
import type { ModelServer } from './model-server.ts';

/** A scheduler with a plugin that gives up the request that was placed last, when the test says so. */
export interface EvictingPool {
  readonly scheduler: (models: readonly ModelServer[]) => SchedulerHost;
  /** Resolves when a model server's headers have come by. */
  readonly answered: Promise<void>;
  readonly outcomes: readonly Outcome[];
  /** @returns whether it was given up */
  evict(): boolean;
}

export function evictingPool(): EvictingPool {
  const drafts: DecisionDraft[] = [];
  const outcomes: Outcome[] = [];
  const answered = deferred();
  const evictor = definePlugin({
    type: 'evictor',
    description: 'Gives up what runs.',
    params: z.strictObject({}),
    create: () => ({
      postChoice: (_cycle, draft) => void drafts.push(draft),
      progress(_cycle, _decision, { kind }) {
        if (kind === 'headers') answered.resolve();
      },
      afterResponse: (_cycle, _decision, outcome) => void outcomes.push(outcome),
    }),
  });
  return {
    scheduler: (models) =>
      createScheduler({
        endpoints: models.map(({ port }) => ({ address: '127.0.0.1', port })),
        profiles: { default: { picker: inOrderPicker() } },
        plugins: [evictor()],
      }),
    answered: answered.promise,
    outcomes,
    evict: () => drafts.at(-1)!.evict({ status: 429, reason: 'evicted', message: 'request evicted by flow control' }),
  };
}

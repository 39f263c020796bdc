import { type DecisionDraft, definePlugin, type PluginUse, type Rejection } from '@pointsman/core';

export const ROOM: Rejection = { status: 429, reason: 'evicted', message: 'others need the room', retryAfterMs: 1_500 };

/** A plugin that gives calls up when the test says so. */
export interface Evictor {
  readonly plugin: PluginUse;
  /** Gives up the call that was placed last. @returns whether that went */
  evict(): boolean;
}

export function createEvictor(): Evictor {
  let last: DecisionDraft | undefined;
  const evictor = definePlugin({
    type: 'evictor',
    create: () => ({
      postChoice(_cycle, draft) {
        last = draft;
      },
    }),
  });
  return { plugin: evictor(), evict: () => last?.evict(ROOM) === true };
}

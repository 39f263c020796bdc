import { defineFetcher } from '@pointsman/core';

/** It has nothing to ask endpoints for. */
const NEVER_MS = 86_400_000;

/**
 * In llm-d, what tells plugins that endpoints come and go. Here every plugin learns of that by itself; configurations that name
 * the source, with the plugins that it tells, mean the same with and without it.
 */
export const endpointNotificationSource = defineFetcher({
  type: 'endpoint-notification-source',
  description: 'Has no effect: plugins learn of endpoints that come and go without it.',
  create: () => ({
    interval: { busyMs: NEVER_MS, idleMs: NEVER_MS },
    async poll() {},
  }),
});

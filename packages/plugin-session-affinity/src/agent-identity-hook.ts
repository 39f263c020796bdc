import { agentIdentity, definePlugin } from '@pointsman/core';
import { z } from 'zod';
import { headerName } from './header-name.ts';

/** Headers by which tools for programming name their session, in the order in which they are asked. */
const KNOWN_HEADERS = ['x-claude-code-session-id', 'x-session-affinity', 'session-id', 'session_id'];

/** Finds out which agent or conversation a request belongs to, from the headers that agents send by themselves. */
export const agentIdentityHook = definePlugin({
  type: 'agent-identity',
  description: 'Finds out which agent a request comes from.',
  stability: 'alpha',
  params: z.strictObject({
    /** Headers to ask before the known ones. */
    additionalSessionHeaders: z.array(headerName).default([]),
  }),
  writes: [agentIdentity],
  create: ({ params }) => {
    const headers = [...params.additionalSessionHeaders, ...KNOWN_HEADERS];
    return {
      preCall(cycle) {
        for (const header of headers) {
          const value = cycle.request.headers[header];
          if (value === undefined || value === '') continue;
          cycle.set(agentIdentity, value);
          return;
        }
      },
    };
  },
});

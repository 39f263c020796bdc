import { defineScorer } from '@pointsman/core';
import { sessionAffinityParams, sourceKeys } from './session-affinity-params.ts';
import { findSession } from './session-strategy.ts';
import { sessionStrategyOf } from './session-strategy-of.ts';

/** Gives 1 to the endpoint that the request's session is on, 0 to all others. */
export const sessionAffinityScorer = defineScorer({
  type: 'session-affinity-scorer',
  category: 'affinity',
  description: 'Prefers the endpoint that the session is on.',
  stability: 'alpha',
  params: sessionAffinityParams,
  reads: sourceKeys,
  create: ({ params, endpoints, inherited }) => {
    const strategy = sessionStrategyOf(params, inherited);
    return {
      ...strategy.parts,
      scoreAll(candidates, cycle, out) {
        out.fill(0, 0, candidates.length);
        const index = findSession(strategy, endpoints, candidates, cycle);
        if (index !== -1) out[index] = 1;
      },
    };
  },
});

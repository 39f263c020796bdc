import { defineFilter } from '@pointsman/core';
import { sessionAffinityParams, sourceKeys } from './session-affinity-params.ts';
import { findSession } from './session-strategy.ts';
import { sessionStrategyOf } from './session-strategy-of.ts';

const filterOf = (type: string, description: string) =>
  defineFilter({
    type,
    description,
    stability: 'alpha',
    params: sessionAffinityParams,
    reads: sourceKeys,
    create: ({ params, endpoints, inherited }) => {
      const strategy = sessionStrategyOf(params, inherited);
      return {
        ...strategy.parts,
        filterAll(candidates, cycle, drops) {
          const index = findSession(strategy, endpoints, candidates, cycle);
          if (index === -1) return;
          for (let i = 0; i < candidates.length; i++)
            if (i !== index) drops.drop(i, 'the session is on another endpoint');
        },
      };
    },
  });

/** Keeps only the endpoint that the request's session is on; everything when there is none. */
export const sessionAffinityFilter = filterOf(
  'session-affinity-filter',
  'Keeps only the endpoint that the session is on, when it is a candidate.',
);

/** The same for endpoints that are clusters. */
export const multiclusterSessionAffinityFilter = filterOf(
  'multicluster-session-affinity-filter',
  'Keeps only the cluster that the session is on, when it is a candidate.',
);

import { defineScorer } from '@pointsman/core';
import { z } from 'zod';

/** Gives 1 to endpoints whose label equals a header of the request, letter by letter; 0 to the others. */
export const headerLabelAffinityScorer = defineScorer({
  type: 'header-label-affinity-scorer',
  category: 'affinity',
  description: 'Prefers endpoints whose label equals a header of the request.',
  stability: 'alpha',
  params: z.strictObject({
    /** Header of the request. */
    headerName: z
      .string()
      .min(1)
      .transform((name) => name.toLowerCase()),
    /** Label of the endpoint; upper and lower case matter. */
    labelKey: z.string().min(1),
  }),
  create: ({ params: { headerName, labelKey } }) => ({
    scoreAll(candidates, cycle, out) {
      const wanted = cycle.request.headers[headerName];
      for (let i = 0; i < candidates.length; i++) {
        out[i] = wanted !== undefined && wanted !== '' && candidates.endpoint(i).labels[labelKey] === wanted ? 1 : 0;
      }
    },
  }),
});

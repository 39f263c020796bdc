import { defineFetcher } from '@pointsman/core';
import { z } from 'zod';
import { disaggregation, judgeEach, verdictOf } from './disaggregation.ts';

const always = () => true;

/** Every request is worth another endpoint. Parameters are not looked at, as in the reference. */
export const alwaysDisaggPdDecider = defineFetcher({
  type: 'always-disagg-pd-decider',
  description: 'Decider: every prompt is computed by another endpoint.',
  params: z.looseObject({}),
  writes: verdictOf,
  create: ({ name }) => {
    const key = disaggregation(name);
    return {
      prepare(_cycle, sink, endpoints) {
        judgeEach(sink, key, endpoints, always);
      },
    };
  },
});

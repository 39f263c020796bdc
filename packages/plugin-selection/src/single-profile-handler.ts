import { defineProfileHandler } from '@pointsman/core';
import { z } from 'zod';

/** Runs the only profile. Its parameters are ignored, as in the reference. */
export const singleProfileHandler = defineProfileHandler({
  type: 'single-profile-handler',
  description: 'Runs the only profile there is.',
  params: z.looseObject({}),
  create: () => ({
    handle(cycle, run) {
      const primary = run(cycle.profiles[0] ?? '');
      return primary === undefined ? undefined : { primary };
    },
  }),
});

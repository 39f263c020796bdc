import { defineProfileHandler } from '@pointsman/core';
import { z } from 'zod';

const HEADER = 'x-data-parallel-host-port';

/**
 * Runs the only profile, for model servers whose data-parallel ranks are endpoints of their own behind one front door: the
 * header names the rank that was chosen. Requests go straight to the rank; sending them to the front door takes a target with
 * another port than its endpoint's, which decisions do not have yet.
 */
export const dataParallelProfileHandler = defineProfileHandler({
  type: 'data-parallel-profile-handler',
  description: 'Runs the only profile, and names the chosen data-parallel rank in a header.',
  params: z.strictObject({
    /** Port of the front door; 0 for the default. Not used yet. */
    primaryPort: z
      .int()
      .min(0)
      .max(65_535)
      .default(8000)
      .transform((port) => port || 8000),
  }),
  create: ({ params: { primaryPort }, log }) => {
    log.warn(`requests go straight to the chosen rank: primaryPort ${primaryPort} is not used yet`);
    return {
      handle(cycle, run) {
        if (cycle.profiles.length !== 1) {
          cycle.note(`needs exactly one profile, and there are ${cycle.profiles.length}`);
          return undefined;
        }
        const primary = run(cycle.profiles[0]!);
        return primary === undefined ? undefined : { primary };
      },
      postChoice(_cycle, decision) {
        decision.setHeader(HEADER, decision.target.hostPort);
      },
    };
  },
});

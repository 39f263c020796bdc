import { defineProfileHandler } from '@pointsman/core';
import { z } from 'zod';

const HEADER = 'x-data-parallel-host-port';

/**
 * Runs the only profile, for model servers whose data-parallel ranks are endpoints of their own behind one front door: the
 * request goes to the front door, and the header tells it which rank was chosen.
 */
export const dataParallelProfileHandler = defineProfileHandler({
  type: 'data-parallel-profile-handler',
  description:
    'Runs the only profile, sends the request to the front door of the chosen rank, and names the rank to it.',
  params: z.strictObject({
    /** Port of the front door, on the address of every rank; 0 for the default. */
    primaryPort: z
      .int()
      .min(0)
      .max(65_535)
      .default(8000)
      .transform((port) => port || 8000),
  }),
  create: ({ params: { primaryPort }, endpoints }) => ({
    handle(cycle, run) {
      if (cycle.profiles.length !== 1) {
        cycle.note(`needs exactly one profile, and there are ${cycle.profiles.length}`);
        return undefined;
      }
      const primary = run(cycle.profiles[0]!);
      return primary === undefined ? undefined : { primary, port: primaryPort };
    },
    postChoice(_cycle, decision) {
      // The target has the port of the front door already.
      const rank = endpoints.byId(decision.target.id) ?? decision.target;
      decision.setHeader(HEADER, rank.hostPort);
    },
  }),
});

import { defineProfileHandler } from '@pointsman/core';
import { z } from 'zod';

/** Runs one profile: the only one there is, or the one that a header of the request names. */
export const headerProfileHandler = defineProfileHandler({
  type: 'header-profile-handler',
  description: 'Runs the profile that a header of the request names.',
  stability: 'alpha',
  params: z.strictObject({
    /** Header that names the profile; blank for the default. */
    headerName: z
      .string()
      .default('')
      .transform((name) => name.trim().toLowerCase() || 'epp-profile'),
    /** Profile of requests without the header; blank for the default. */
    defaultProfile: z
      .string()
      .default('')
      .transform((name) => name.trim() || 'decode'),
  }),
  create: ({ params: { headerName, defaultProfile } }) => ({
    handle(cycle, run) {
      const { profiles } = cycle;
      const wanted = cycle.request.headers[headerName]?.trim() || defaultProfile;
      const name = profiles.length === 1 ? profiles[0]! : wanted;
      if (!profiles.includes(name)) {
        cycle.note(`there is no profile "${name}", which ${headerName} or the default asks for`);
        return undefined;
      }
      const primary = run(name);
      return primary === undefined ? undefined : { primary };
    },
  }),
});

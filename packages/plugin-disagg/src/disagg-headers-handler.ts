import { definePlugin } from '@pointsman/core';
import { z } from 'zod';
import { nameOr } from './name-or.ts';
import { setStageHeaders } from './stage-headers.ts';

/** Writes the headers of disaggregation for a profile handler that does not. */
export const disaggHeadersHandler = definePlugin({
  type: 'disagg-headers-handler',
  aliases: ['prefill-header-handler'],
  description: 'Names the endpoints that prefill and encode to the one that answers, in request headers.',
  params: z.strictObject({
    /** Profile whose choice computes the prompt; blank for the default. */
    prefillProfile: nameOr('prefill'),
    /** Profile whose choices encode media; blank for the default. */
    encodeProfile: nameOr('encode'),
  }),
  create: ({ params: { prefillProfile, encodeProfile } }) => {
    const profiles = { prefill: prefillProfile, encode: encodeProfile };
    return {
      postChoice(cycle, decision) {
        setStageHeaders(cycle, decision, profiles);
      },
    };
  },
});

import { definePlugin } from '@pointsman/core';
import { z } from 'zod';

const HEADER = 'x-conformance-test-served-endpoint';

/**
 * For conformance tests: tells the client which endpoint answered, in a header of the response. Shows that a proxy which
 * falls back by itself says so.
 */
export const destinationEndpointServedVerifier = definePlugin({
  type: 'destination-endpoint-served-verifier',
  description: 'For conformance tests: tells the client which endpoint answered.',
  params: z.looseObject({}),
  create: () => ({
    progress(_cycle, _decision, progress) {
      if (progress.kind === 'headers') progress.setHeader(HEADER, progress.served.hostPort);
    },
  }),
});

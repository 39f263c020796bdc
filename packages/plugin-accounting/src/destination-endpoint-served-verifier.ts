import { definePlugin } from '@pointsman/core';
import { z } from 'zod';

const HEADER = 'x-conformance-test-served-endpoint';
const UNREPORTED = 'fail: missing envoy lb metadata';

/**
 * For conformance tests: tells the client which endpoint answered, in a header of the response, as the proxy says; or that
 * the proxy does not say it, although it might have fallen back by itself.
 */
export const destinationEndpointServedVerifier = definePlugin({
  type: 'destination-endpoint-served-verifier',
  description: 'For conformance tests: tells the client which endpoint answered.',
  params: z.looseObject({}),
  create: () => ({
    progress(_cycle, _decision, progress) {
      if (progress.kind !== 'headers') return;
      progress.setHeader(HEADER, progress.isServedReported ? progress.served.hostPort : UNREPORTED);
    },
  }),
});

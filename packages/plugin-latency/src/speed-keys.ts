import { candidateRecord, endpointRecord, requestValue } from '@pointsman/core';

/** Type and default instance name of the producer. */
export const SPEED_PRODUCER = 'endpoint-speed-producer';

/**
 * What the producer has learned of each endpoint, in milliseconds: a prompt of n uncached tokens takes `prefillFixedMs` +
 * n * `prefillMsPerToken`, and each further token `decodeFixedMs` + `decodeMsPerRunning` for each request that runs,
 * itself included. `prefillSamples` and `decodeSamples`: how many samples taught that; with fewer than 3 it is not used.
 */
export const endpointSpeed = <const Producer extends string = typeof SPEED_PRODUCER>(
  producer: Producer = SPEED_PRODUCER as Producer,
) =>
  endpointRecord(`EndpointSpeedDataKey/${producer}`, [
    'prefillFixedMs',
    'prefillMsPerToken',
    'prefillSamples',
    'decodeFixedMs',
    'decodeMsPerRunning',
    'decodeSamples',
  ]);

/**
 * What is expected of each candidate for this request, in milliseconds: time to the first token, and to each token after
 * it; NaN while nothing is known of any endpoint. `load`: requests that the candidate has to do with.
 */
export const expectedLatency = <const Producer extends string = typeof SPEED_PRODUCER>(
  producer: Producer = SPEED_PRODUCER as Producer,
) => candidateRecord(`ExpectedLatencyDataKey/${producer}`, ['ttftMs', 'tpotMs', 'load']);

/** How many tokens this request will probably be answered with; absent before anything was learned. */
export const expectedOutputTokens = <const Producer extends string = typeof SPEED_PRODUCER>(
  producer: Producer = SPEED_PRODUCER as Producer,
) => requestValue<number>()(`ExpectedOutputTokensDataKey/${producer}`);

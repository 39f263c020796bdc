import { defineFilter, inFlightLoad } from '@pointsman/core';
import { z } from 'zod';
import { inFlightLoadProducerName } from './inflight-producer-name.ts';
import { saturation } from './saturation.ts';

/**
 * Drops endpoints that have as much of this scheduler's in flight as they may: requests, tokens, or either of them.
 * An endpoint is dropped from floor(limit x (1 + headroom)) on. When all have reached it, nobody is left.
 *
 * How full a pool is, its saturation, is the mean over its endpoints of in flight / limit, without headroom; of the
 * larger of the two where both count. 1 means full; it may be more. A pool without endpoints is full.
 */
export const concurrencyDetector = defineFilter({
  type: 'concurrency-detector',
  description: 'Drops endpoints that have as many requests or tokens in flight as they may.',
  params: z.strictObject({
    /** Requests that an endpoint may have in flight. */
    maxConcurrency: z.int().positive().default(100),
    /** Tokens that an endpoint may have in flight. */
    maxTokenConcurrency: z.int().positive().default(1_000_000),
    /** What counts; `hybrid` counts both. */
    concurrencyMode: z.enum(['requests', 'tokens', 'hybrid']).default('requests'),
    /** By how much more the filter lets endpoints take, as a share of the limit. Saturation does not know of it. */
    headroom: z.number().min(0).default(0),
    inFlightLoadProducerName,
  }),
  reads: (params) => [inFlightLoad(params.inFlightLoadProducerName)],
  create: ({ params, read, endpoints }) => {
    const load = read(inFlightLoad(params.inFlightLoadProducerName));
    const { maxConcurrency, maxTokenConcurrency, concurrencyMode, headroom } = params;
    const countsRequests = concurrencyMode !== 'tokens';
    const countsTokens = concurrencyMode !== 'requests';
    const requestLimit = Math.floor(maxConcurrency * (1 + headroom));
    const tokenLimit = Math.floor(maxTokenConcurrency * (1 + headroom));
    const tooManyRequests = `requests in flight at their limit of ${requestLimit}`;
    const tooManyTokens = `tokens in flight at their limit of ${tokenLimit}`;

    function fullnessOf(row: number): number {
      const { requests, tokens } = load.fields;
      return Math.max(
        countsRequests ? requests[row]! / maxConcurrency : 0,
        countsTokens ? tokens[row]! / maxTokenConcurrency : 0,
      );
    }

    return {
      filterAll(candidates, _cycle, drops) {
        const { requests, tokens } = load.fields;
        const { rows, length } = candidates;
        for (let i = 0; i < length; i++) {
          const row = rows[i]!;
          if (countsRequests && requests[row]! >= requestLimit) drops.drop(i, tooManyRequests);
          else if (countsTokens && tokens[row]! >= tokenLimit) drops.drop(i, tooManyTokens);
        }
      },
      saturation: (of) => saturation(of, fullnessOf, 1),
      inspect: () => ({ saturation: saturation(endpoints.list(), fullnessOf, 1) }),
    };
  },
});

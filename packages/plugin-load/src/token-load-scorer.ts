import { defineScorer, inFlightLoad, uncachedRequestTokens } from '@pointsman/core';
import { z } from 'zod';
import { inFlightLoadProducerName } from './inflight-producer-name.ts';
import { unitScore } from './unit-score.ts';

const DEFAULT_THRESHOLD = 4_194_304;

/**
 * Prefers endpoints with few tokens in flight, this request's uncached ones included: 1 - min(tokens, T) / T with
 * T = `queueThresholdTokens`.
 */
export const tokenLoadScorer = defineScorer({
  type: 'token-load-scorer',
  category: 'distribution',
  description: 'Prefers endpoints with few tokens in flight, counting what this request would add.',
  params: z.strictObject({
    /** Tokens in flight at which the score reaches 0. Values below 1 mean the default. */
    queueThresholdTokens: z
      .int()
      .default(DEFAULT_THRESHOLD)
      .transform((value) => (value > 0 ? value : DEFAULT_THRESHOLD)),
    inFlightLoadProducerName,
  }),
  reads: (params) => [
    inFlightLoad(params.inFlightLoadProducerName),
    uncachedRequestTokens(params.inFlightLoadProducerName),
  ],
  create: ({ params, read }) => {
    const load = read(inFlightLoad(params.inFlightLoadProducerName));
    const uncached = read(uncachedRequestTokens(params.inFlightLoadProducerName));
    const threshold = params.queueThresholdTokens;
    return {
      scoreAll(candidates, cycle, out) {
        const { tokens } = load.fields;
        const added = uncached.of(cycle);
        for (let i = 0; i < candidates.length; i++) {
          const row = candidates.rows[i]!;
          const sum = tokens[row]! + (added?.has(row) === true ? added.fields.tokens[row]! : 0);
          out[i] = sum <= 0 ? 1 : unitScore(1 - Math.min(sum, threshold) / threshold);
        }
      },
    };
  },
});

import { defineFetcher, prefixMatch, tokenizedPrompt } from '@pointsman/core';
import { z } from 'zod';
import { disaggregation, judgeEach, verdictOf } from './disaggregation.ts';

/**
 * A prompt is worth another endpoint when enough of it is missing in the cache of the endpoint that would answer:
 * prompt tokens - cached blocks x tokens of a block >= `nonCachedTokens`.
 */
export const prefixBasedPdDecider = defineFetcher({
  type: 'prefix-based-pd-decider',
  description: 'Decider: prompts are computed by another endpoint when enough of them is not cached.',
  params: z.strictObject({
    /** Prompt tokens that have to be missing in the cache of the endpoint that answers; 0 never disaggregates. */
    nonCachedTokens: z.int().min(0).default(0),
    /** Tokens that a prompt must have; 0 for no such limit. */
    promptTokens: z.int().min(0).default(0),
    /** Instance name of the producer of prefix matches. */
    prefixMatchInfoProducerName: z.string().min(1).default('approx-prefix-cache-producer'),
  }),
  reads: ({ prefixMatchInfoProducerName }) => [tokenizedPrompt, prefixMatch(prefixMatchInfoProducerName)],
  writes: verdictOf,
  create: ({ params, name, log, read }) => {
    const { nonCachedTokens, promptTokens } = params;
    const least = Math.max(nonCachedTokens, promptTokens);
    const key = disaggregation(name);
    const prompt = read(tokenizedPrompt);
    const matches = read(prefixMatch(params.prefixMatchInfoProducerName));
    if (nonCachedTokens === 0) log.warn(`"${name}" never disaggregates: its nonCachedTokens is 0`);
    return {
      prepare(cycle, sink, endpoints) {
        let tokens = 0;
        for (const { count } of prompt.of(cycle)?.prompts ?? []) tokens += count;
        const match = matches.of(cycle);
        const isLong = nonCachedTokens > 0 && tokens >= least;
        if (nonCachedTokens > 0 && !isLong) cycle.note(`the prompt has ${tokens} tokens, fewer than ${least}`);
        judgeEach(sink, key, endpoints, (row) => {
          if (!isLong || match?.has(row) !== true) return false;
          const { cachedBlockCount, blockSizeTokens } = match.fields;
          return tokens - cachedBlockCount[row]! * blockSizeTokens[row]! >= nonCachedTokens;
        });
      },
    };
  },
});

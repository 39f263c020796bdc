import { defineScorer, prefixMatch } from '@pointsman/core';
import { z } from 'zod';
import { prefixProducerName } from './producer-name.ts';

/**
 * Prefers endpoints that have much of the prompt cached: (1 - w) x matched share of the prompt + w x s, where
 * s = min(1, matched tokens / scale)^2 counts long matches whatever the prompt's length. 0 where nothing is known.
 */
export const prefixCacheScorer = defineScorer({
  type: 'prefix-cache-scorer',
  aliases: ['multicluster-prefix-cache-scorer'],
  category: 'affinity',
  description: 'Prefers endpoints that have much of the prompt in their KV cache.',
  params: z
    .strictObject({
      /** Instance name of the plugin that says what is cached where. */
      prefixMatchInfoProducerName: prefixProducerName,
      /** Weight w of the length of the match against its share, 0..1. */
      matchLengthWeight: z.number().min(0).max(1).default(0),
      /** Tokens of a match that count as long; above 0 when `matchLengthWeight` is. */
      matchLengthScaleTokens: z.int().default(8192),
    })
    .refine((params) => params.matchLengthWeight === 0 || params.matchLengthScaleTokens > 0, {
      message: 'must be greater than 0 when matchLengthWeight is greater than 0',
      path: ['matchLengthScaleTokens'],
    }),
  reads: ({ prefixMatchInfoProducerName }) => [prefixMatch(prefixMatchInfoProducerName)],
  create: ({ params, read }) => {
    const { matchLengthWeight: weight, matchLengthScaleTokens: scale } = params;
    const match = read(prefixMatch(params.prefixMatchInfoProducerName));
    return {
      scoreAll(candidates, cycle, out) {
        const rows = match.of(cycle);
        out.fill(0, 0, candidates.length);
        if (rows === undefined) return;
        const { matchBlocks, totalBlocks, blockSizeTokens } = rows.fields;
        for (let i = 0; i < candidates.length; i++) {
          const row = candidates.rows[i]!;
          const total = totalBlocks[row]!;
          if (!rows.has(row) || total === 0) continue;
          const matched = matchBlocks[row]!;
          const length = weight === 0 ? 0 : Math.min(1, (matched * blockSizeTokens[row]!) / scale) ** 2;
          out[i] = weight * length + (1 - weight) * (matched / total);
        }
      },
    };
  },
});

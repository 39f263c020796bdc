import { type Cycle, definePlugin, tokenizedPrompt } from '@pointsman/core';
import { z } from 'zod';
import { ContextLengthRanges } from './context-length-range.ts';

/**
 * Matches the length of the prompt with the range of lengths that an endpoint is for, as its label says. As a filter it
 * keeps endpoints whose range holds the length, and those without a label. As a scorer it prefers narrow ranges with
 * room above: in range 0.3 and more, out of range less than 0.3 and falling with the distance, 0.5 without a label.
 */
export const contextLengthAware = definePlugin({
  type: 'context-length-aware',
  kinds: ['filter', 'scorer'],
  description: 'Sends prompts to endpoints that are labelled for their length.',
  params: z.strictObject({
    /** Label that holds the range, as `min-max` in tokens. */
    label: z.string().min(1).default('llm-d.ai/context-length-range'),
    /** False lets the filter keep everything. */
    enableFiltering: z.boolean().default(false),
  }),
  reads: [tokenizedPrompt],
  create: ({ params: { label, enableFiltering } }) => {
    const ranges = new ContextLengthRanges();
    const noRange = `label ${label} is no range of lengths`;
    const outOfRange = `label ${label} is a range without the length of the prompt`;
    return {
      filterAll(candidates, cycle, drops) {
        if (!enableFiltering) return;
        const length = promptLength(cycle);
        for (let i = 0; i < candidates.length; i++) {
          const text = candidates.endpoint(i).labels[label];
          if (text === undefined) continue;
          const row = candidates.rows[i]!;
          ranges.read(row, text);
          if (Number.isNaN(ranges.min(row))) drops.drop(i, noRange);
          else if (length < ranges.min(row) || length > ranges.max(row)) drops.drop(i, outOfRange);
        }
      },
      scoreAll(candidates, cycle, out) {
        const length = promptLength(cycle);
        for (let i = 0; i < candidates.length; i++) {
          const text = candidates.endpoint(i).labels[label];
          const row = candidates.rows[i]!;
          if (text === undefined) {
            out[i] = 0.5;
          } else {
            ranges.read(row, text);
            out[i] = rate(length, ranges.min(row), ranges.max(row));
          }
        }
      },
    };
  },
});

/** Tokens of all prompts together; 0 when nobody counted them. */
function promptLength(cycle: Cycle<readonly [typeof tokenizedPrompt]>): number {
  const prompts = cycle.get(tokenizedPrompt)?.prompts ?? [];
  let length = 0;
  for (const prompt of prompts) length += prompt.count;
  return length;
}

/** Formula of the reference; lengths in tokens. */
function rate(length: number, min: number, max: number): number {
  if (Number.isNaN(min)) return 0;
  if (length < min || length > max) {
    const distance = length < min ? min - length : length - max;
    return 0.3 / (1 + distance / 1000);
  }
  const width = max - min;
  if (width === 0) return 1;
  const narrow = 1 / (1 + width / 10_000);
  const roomAbove = (max - length) / width;
  return 0.3 + 0.7 * (0.7 * narrow + 0.3 * roomAbove);
}

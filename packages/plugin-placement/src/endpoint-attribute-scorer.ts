import { defineScorer } from '@pointsman/core';
import { z } from 'zod';
import { attributeKey, attributeProblem, hasAttribute, producerParam } from './endpoint-attribute.ts';

const params = z
  .strictObject({
    /** Which number to look at, such as `GPUUtilization`. */
    attributeKey: z.string().min(1),
    producer: producerParam,
    algorithm: z.strictObject({
      type: z.enum(['linear_lower_is_better', 'linear_higher_is_better']),
      normalization: z
        .strictObject({
          /** The worst and the best value there can be. */
          fixedRange: z.strictObject({ min: z.number().default(0), max: z.number().default(0) }).optional(),
          /** The lowest and the highest value among the candidates; the default. */
          adaptiveRange: z.strictObject({}).optional(),
        })
        .refine(({ fixedRange, adaptiveRange }) => fixedRange === undefined || adaptiveRange === undefined, {
          message: 'may have one of fixedRange and adaptiveRange',
        })
        .refine(({ fixedRange }) => fixedRange === undefined || fixedRange.min < fixedRange.max, {
          message: 'needs a min that is less than max',
          path: ['fixedRange'],
        })
        .default({}),
    }),
  })
  .superRefine(({ attributeKey: attribute, producer }, context) => {
    const message = attributeProblem({ attribute, producer });
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['attributeKey'], message });
  });

/** Rates endpoints by one of their numbers: linearly, over a fixed range or over that of the candidates. */
export const endpointAttributeScorer = defineScorer({
  type: 'endpoint-attribute-scorer',
  category: 'distribution',
  description: 'Rates endpoints by one of their numbers.',
  stability: 'alpha',
  params,
  reads: ({ attributeKey: attribute, producer }) => [attributeKey({ attribute, producer })],
  create: ({ params: { attributeKey: attribute, producer, algorithm }, read }) => {
    const column = read(attributeKey({ attribute, producer }));
    const lowerIsBetter = algorithm.type === 'linear_lower_is_better';
    const fixed = algorithm.normalization.fixedRange;
    return {
      scoreAll({ rows, length }, _cycle, out) {
        const { values } = column;
        let min = fixed?.min ?? Number.POSITIVE_INFINITY;
        let max = fixed?.max ?? Number.NEGATIVE_INFINITY;
        if (fixed === undefined) {
          for (let i = 0; i < length; i++) {
            const row = rows[i]!;
            if (!hasAttribute(column, row)) continue;
            const value = values[row]!;
            if (value < min) min = value;
            if (value > max) max = value;
          }
        }
        for (let i = 0; i < length; i++) {
          const row = rows[i]!;
          if (!hasAttribute(column, row)) out[i] = 0;
          else out[i] = rate(values[row]!, min, max, lowerIsBetter);
        }
      },
    };
  },
});

function rate(value: number, min: number, max: number, lowerIsBetter: boolean): number {
  // No number says nothing about the endpoint: as if it had no attribute. The reference spoils the total with it.
  if (Number.isNaN(value)) return 0;
  if (max === min) return 1;
  const share = Math.min(1, Math.max(0, shareOf(value, min, max)));
  return lowerIsBetter ? 1 - share : share;
}

/** Where the value lies between min (0) and max (1), be they infinite or too far apart for a difference. */
function shareOf(value: number, min: number, max: number): number {
  if (value <= min) return 0;
  if (value >= max) return 1;
  const range = max - min;
  if (range !== Number.POSITIVE_INFINITY) return (value - min) / range;
  const half = (value / 2 - min / 2) / (max / 2 - min / 2);
  if (!Number.isNaN(half)) return half;
  return max === Number.POSITIVE_INFINITY ? 0.5 : 1;
}

import { z } from 'zod';

/** Parameters of `static-usage-limit-policy`. */
export const staticLimitParams = z.strictObject({
  /** Saturation from which on nobody is let in. */
  threshold: z
    .number()
    .nullable()
    .default(1)
    .transform((threshold) => threshold ?? 1),
});

/** Parameters of `priority-holdback-policy`. */
export const holdbackParams = z
  .strictObject({
    shape: z.literal('linear').default('linear'),
    /** Whether bands are evenly apart (`rank`), or as far as their priorities are (`value`). */
    domain: z.enum(['rank', 'value']).default('rank'),
    /** Ceiling of the lowest band. */
    minCeiling: z.number().min(0).lt(1),
    /** Ceiling of the highest band. */
    maxCeiling: z.number().positive().max(1).default(1),
  })
  .refine(({ minCeiling, maxCeiling }) => minCeiling < maxCeiling, {
    message: 'must be less than maxCeiling',
    path: ['minCeiling'],
  });

/** Up to which saturation each band may use the pool. */
export const usageLimitParams = z.union([
  z.strictObject({ type: z.literal('static-usage-limit-policy'), params: staticLimitParams.prefault({}) }),
  z.strictObject({ type: z.literal('priority-holdback-policy'), params: holdbackParams }),
]);

export type UsageLimit = z.output<typeof usageLimitParams>;

/**
 * The saturation from which on a band is held back: for the highest of several bands no less than for those below it.
 * @param index place of the band among `priorities`
 * @param priorities of all bands, highest first
 */
export function ceilingOf(limit: UsageLimit, index: number, priorities: readonly number[]): number {
  if (limit.type === 'static-usage-limit-policy') return limit.params.threshold;
  const { domain, minCeiling, maxCeiling } = limit.params;
  const last = priorities.length - 1;
  if (last < 1) return maxCeiling;
  const [highest, lowest] = [priorities[0]!, priorities[last]!];
  const share = domain === 'rank' ? 1 - index / last : (priorities[index]! - lowest) / (highest - lowest);
  return minCeiling + share * (maxCeiling - minCeiling);
}

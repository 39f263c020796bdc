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
  z.strictObject({ type: z.literal('soft-reflective-ceiling-policy'), params: z.strictObject({}).prefault({}) }),
]);

export type UsageLimit = z.output<typeof usageLimitParams>;

/** Gives the saturation from which on a band is held back: for the highest of several bands no less than for those below it. */
export interface Ceilings {
  /**
   * Looks at the pool once, for whether the first of a band may be let in.
   * @param index place of the band among `priorities`
   * @param priorities of all bands, highest first
   */
  look(saturation: number, index: number, priorities: readonly number[]): number;
}

export function ceilingsOf(limit: UsageLimit): Ceilings {
  switch (limit.type) {
    case 'static-usage-limit-policy':
      return { look: () => limit.params.threshold };
    case 'priority-holdback-policy':
      return { look: (_, index, priorities) => heldBack(limit.params, index, priorities) };
    case 'soft-reflective-ceiling-policy':
      return new SoftCeilings();
  }
}

function heldBack(params: z.output<typeof holdbackParams>, index: number, priorities: readonly number[]): number {
  const { domain, minCeiling, maxCeiling } = params;
  const last = priorities.length - 1;
  if (last < 1) return maxCeiling;
  const [highest, lowest] = [priorities[0]!, priorities[last]!];
  const share = domain === 'rank' ? 1 - index / last : (priorities[index]! - lowest) / (highest - lowest);
  return minCeiling + share * (maxCeiling - minCeiling);
}

/**
 * Lower bands are slowed down while the pool fills up, the lowest first: from saturation s on with s >= 1 - i / (N - 1) · s, for
 * band i of N, they are let in with every n-th look only, n being s / (1 - s), rounded. The highest band is not slowed down.
 */
class SoftCeilings implements Ceilings {
  #looks = 0;

  look(saturation: number, index: number, priorities: readonly number[]): number {
    // All slowed bands open with the same looks, whichever of them is asked.
    let isOpen = false;
    if (saturation >= 1 - saturation && saturation < 1) {
      // The small number is llm-d's, so that both round alike.
      const every = Math.max(1, Math.round(saturation / (1 - saturation + 1e-9)));
      isOpen = ++this.#looks % every === 0;
    }
    const last = priorities.length - 1;
    if (last < 1 || index === 0) return 1;
    if (saturation < 1 - (index * saturation) / last) return 1;
    return isOpen ? 1 : 0;
  }
}

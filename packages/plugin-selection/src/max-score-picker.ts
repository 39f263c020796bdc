import { definePicker } from '@pointsman/core';
import { pickerParams } from './picker-params.ts';
import { drawUniformly } from './shuffle.ts';

/** Picks the best totals; equal totals in random order. A total that is not a number comes last. */
export const maxScorePicker = definePicker({
  type: 'max-score-picker',
  description: 'Picks the endpoints with the best totals; ties are broken by the seeded random source.',
  params: pickerParams,
  create: ({ params: { maxNumOfEndpoints } }) => ({
    pick(candidates, totals, cycle, order) {
      const { length } = candidates;
      if (maxNumOfEndpoints === 1) {
        order[0] = bestOf(totals, length, cycle);
        return 1;
      }
      // Shuffle, then sort stably: the order among equals is what the shuffle made it.
      drawUniformly(order, length, length, cycle.random);
      order.subarray(0, length).sort((a, b) => compare(rankable(totals[b]!), rankable(totals[a]!)));
      return Math.min(maxNumOfEndpoints, length);
    },
  }),
});

/** The best total in one pass; among equals each is as likely as the others. */
function bestOf(
  totals: Float64Array,
  length: number,
  cycle: { readonly random: { below(bound: number): number } },
): number {
  let best = 0;
  let bestTotal = rankable(totals[0]!);
  let ties = 1;
  for (let i = 1; i < length; i++) {
    const total = rankable(totals[i]!);
    if (total > bestTotal) {
      best = i;
      bestTotal = total;
      ties = 1;
    } else if (total === bestTotal) {
      ties++;
    }
  }
  if (ties === 1) return best;
  let skip = cycle.random.below(ties);
  for (let i = best; ; i++) if (rankable(totals[i]!) === bestTotal && skip-- === 0) return i;
}

/** Also for infinities, whose difference is not a number. */
function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function rankable(total: number): number {
  return Number.isNaN(total) ? Number.NEGATIVE_INFINITY : total;
}

import type { Random } from '@pointsman/core';

/** A draw from the standard normal distribution (Box-Muller). */
export function gauss(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
  return radius * Math.cos(2 * Math.PI * random.next());
}

import type { Candidates } from './candidates.ts';
import type { Cycle, Keys } from './cycle.ts';

/** Turns totals into an ordered list: target first, then fallbacks. */
export interface Picker<R extends Keys = Keys> {
  /**
   * Writes candidate indices into `order`, best first, each at most once, and returns how many.
   * @param totals weighted total of each candidate, `totals[0..candidates.length)`
   */
  pick(candidates: Candidates, totals: Float64Array, cycle: Cycle<R>, order: Int32Array): number;
}

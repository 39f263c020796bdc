import type { Candidates } from './candidates.ts';
import type { Cycle, EndpointView, Keys } from './cycle.ts';

/** Put into `out` by a scorer that says nothing about an endpoint: counts as 0 and is shown as absent. */
export const NO_OPINION = Number.NEGATIVE_INFINITY;

/**
 * What a scorer is for: `affinity` pulls towards an endpoint, `distribution` spreads load, `balance` does both.
 * Documentation, as in the reference: it changes no decision.
 */
export type ScorerCategory = 'affinity' | 'distribution' | 'balance';

/** Rates candidates one by one, 0..1, more is better. */
export interface Scorer<R extends Keys = Keys> {
  score(endpoint: EndpointView<R>, cycle: Cycle<R>): number;
}

/** Rates all candidates at once, over columns. */
export interface BulkScorer<R extends Keys = Keys> {
  /** Fills `out[0..candidates.length)` with 0..1; the engine clamps. `out` comes filled with {@link NO_OPINION}. */
  scoreAll(candidates: Candidates, cycle: Cycle<R>, out: Float64Array): void;
}

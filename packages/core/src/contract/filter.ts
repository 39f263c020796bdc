import type { Candidates } from './candidates.ts';
import type { Cycle, EndpointView, Keys } from './cycle.ts';

/**
 * Drops candidates one by one. May `reject` instead: that drops them all, and unless another profile serves the request,
 * the client is told so.
 */
export interface Filter<R extends Keys = Keys> {
  /** `true` keeps the endpoint; a text drops it and is the reason in the explanation. */
  keep(endpoint: EndpointView<R>, cycle: Cycle<R>): true | string;
}

/** Drops candidates by looking at all of them, over columns. May `reject` the request, as a {@link Filter} may. */
export interface BulkFilter<R extends Keys = Keys> {
  filterAll(candidates: Candidates, cycle: Cycle<R>, drops: Drops): void;
}

/** Where a bulk filter says what it drops. */
export interface Drops {
  /** @param index index into the candidates that the filter received */
  drop(index: number, reason: string): void;
}

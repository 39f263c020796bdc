import type { Cycle, Keys } from './cycle.ts';
import type { Endpoint } from './endpoint.ts';

/** A request that asks to be let in. */
export interface AdmissionCycle<R extends Keys = Keys> extends Cycle<R> {
  /** Where it may run as things are now: the endpoints of the pool within the request's subset. */
  endpoints(): readonly Endpoint[];
  /** Runs once when nobody waits for the request any more; at once if that is so already. */
  onAbandoned(fn: () => void): void;
}

/** Knows how full a pool is. Admission asks it; it is asked often, and must answer from what it has. */
export interface SaturationDetector {
  /** @returns 0 for idle, 1 for full, more beyond that */
  saturation(endpoints: readonly Endpoint[]): number;
}

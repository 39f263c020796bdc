import type { WaitingRequest } from './waiting-request.ts';

/** The waiting requests of one priority, and whose turn it is. */
export interface BandQueue {
  /** Whose turn it is; undefined when nobody waits. */
  first(): WaitingRequest | undefined;
  add(request: WaitingRequest): void;
  /**
   * Takes out one that is in it.
   * @param isServed whether it had its turn; else it left without one
   */
  remove(request: WaitingRequest, isServed: boolean): void;
  /** Flows that have somebody waiting. */
  readonly flows: number;
}

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
  /** Takes all out, in the order in which they would be served if nobody else came. */
  takeAll(): readonly WaitingRequest[];
  /** Flows that have somebody waiting. */
  readonly flows: number;
}

/** Takes all out of a queue, one turn after the other. */
export function takeInTurn(queue: Pick<BandQueue, 'first' | 'remove'>): readonly WaitingRequest[] {
  const all: WaitingRequest[] = [];
  for (let request = queue.first(); request !== undefined; request = queue.first()) {
    queue.remove(request, true);
    all.push(request);
  }
  return all;
}

import type { BandLimits } from './flow-control-params.ts';
import type { Fairness } from './policies/fairness.ts';
import { rankOf } from './policies/ordering.ts';
import type { BandQueue } from './queue/band-queue.ts';
import type { WaitingRequest } from './queue/waiting-request.ts';

/** The waiting requests of one priority, within their limits. */
export class PriorityBand {
  readonly priority: number;
  readonly limits: BandLimits;
  readonly queue: BandQueue;
  requests = 0;
  bytes = 0;

  constructor(priority: number, limits: BandLimits, makeQueue: (fairness: Fairness) => BandQueue) {
    this.priority = priority;
    this.limits = limits;
    this.queue = makeQueue(limits.fairness);
  }

  hasRoomFor(bytes: number): boolean {
    const { maxRequests, maxBytes } = this.limits;
    return this.bytes + bytes <= maxBytes && this.requests + 1 <= maxRequests;
  }

  add(request: WaitingRequest): void {
    request.rank = rankOf(this.limits.ordering, request);
    this.queue.add(request);
    this.requests++;
    this.bytes += request.facts.bytes;
  }

  remove(request: WaitingRequest, isServed: boolean): void {
    this.queue.remove(request, isServed);
    this.requests--;
    this.bytes -= request.facts.bytes;
  }

  /** Takes all out, in the order in which they would have been served. */
  takeAll(): readonly WaitingRequest[] {
    this.requests = 0;
    this.bytes = 0;
    return this.queue.takeAll();
  }
}

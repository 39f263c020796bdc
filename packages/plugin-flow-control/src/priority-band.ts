import type { BandLimits } from './flow-control-params.ts';
import { rankOf } from './policies/ordering.ts';
import type { BandQueue } from './queue/band-queue.ts';
import { RoundRobinQueue } from './queue/round-robin-queue.ts';
import { StrictQueue } from './queue/strict-queue.ts';
import type { WaitingRequest } from './queue/waiting-request.ts';

/** The waiting requests of one priority, within their limits. */
export class PriorityBand {
  readonly priority: number;
  readonly limits: BandLimits;
  readonly queue: BandQueue;
  requests = 0;
  bytes = 0;

  constructor(priority: number, limits: BandLimits) {
    this.priority = priority;
    this.limits = limits;
    this.queue = limits.fairness === 'round-robin-fairness-policy' ? new RoundRobinQueue() : new StrictQueue();
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
  *drain(): Generator<WaitingRequest> {
    for (let request = this.queue.first(); request !== undefined; request = this.queue.first()) {
      this.remove(request, true);
      yield request;
    }
  }
}

import type { Clock, Endpoint, Release } from '@pointsman/core';
import type { FlowControlParams } from './flow-control-params.ts';
import type { Filling, FlowObserver } from './flow-observer.ts';
import { type AdmissionOutcome, type Refused, refusal } from './outcome.ts';
import { type Ceilings, ceilingsOf } from './policies/usage-limit.ts';
import { PACE_MS, PoolRoom } from './pool-room.ts';
import type { PoolSaturation } from './pool-saturation.ts';
import type { PriorityBand } from './priority-band.ts';
import { PriorityBands } from './priority-bands.ts';
import { ArrivalList } from './queue/arrival-list.ts';
import { type RequestFacts, WaitingRequest } from './queue/waiting-request.ts';
import { WaitingTime } from './waiting-time.ts';

/** How often the pool is looked at again while it is full and somebody waits: metrics change without saying so. */
const LOOK_AGAIN_MS = 10;

/** Timers of machines end after 24 days; whoever waits longer is looked at now and then. */
const LONGEST_TIMER_MS = 3_600_000;

export interface FlowControllerOptions {
  readonly params: FlowControlParams;
  readonly clock: Clock;
  readonly saturation: PoolSaturation;
  /** All endpoints of the pool, as of now. */
  readonly endpoints: () => readonly Endpoint[];
  readonly observer: FlowObserver;
}

/**
 * Lets requests in while the pool has room, and has the others wait: by priority first, then by whose turn it is. Those that are
 * on their way from here to their places count too, although the detector does not see them yet.
 */
export class FlowController {
  readonly bands: PriorityBands;
  readonly #options: FlowControllerOptions;
  readonly #time: WaitingTime;
  readonly #ceilings: Ceilings;
  readonly #arrivals = new ArrivalList();
  #sequence = 0;
  requests = 0;
  bytes = 0;
  readonly #room: PoolRoom;
  #stopLooking: (() => void) | undefined;
  #stopExpiry: (() => void) | undefined;
  #expiryAt = Number.POSITIVE_INFINITY;

  constructor(options: FlowControllerOptions) {
    this.#options = options;
    const { requestTtlMs, noEndpointTtlMs = requestTtlMs } = options.params;
    this.#time = new WaitingTime({ requestTtlMs, noEndpointTtlMs });
    this.#room = new PoolRoom(() => this.#saturation(), options.clock);
    this.#ceilings = ceilingsOf(options.params.usageLimit);
    this.bands = new PriorityBands(options.params);
  }

  /**
   * @param onAbandoned says when nobody waits for the request any more
   * @returns what to call when the request has got its place or has left; a promise when it has to wait
   * @throws PointsmanError REJECTED when there is no room to wait in
   */
  admit(facts: RequestFacts, onAbandoned: (fn: () => void) => void): Release | Promise<Release | undefined> {
    const { clock, observer } = this.#options;
    const now = clock.now();
    this.#lookAtPool(now);
    const band = this.bands.of(facts.priority);
    if (!this.#hasRoomFor(facts, band)) {
      const outcome = this.#time.isPoolEmpty ? 'RejectedNoEndpoints' : 'RejectedCapacity';
      observer.settled(facts, outcome, 0);
      throw refusal(outcome);
    }
    if (this.requests === 0 && this.#mayEnter(band, this.#room.look())) {
      observer.settled(facts, 'Dispatched', 0);
      return this.#letIn();
    }
    return new Promise((letIn, refuse) => {
      const request = new WaitingRequest(facts, now, this.#sequence++, letIn, refuse);
      this.#enqueue(request, band);
      onAbandoned(() => this.#abandon(request));
      this.dispatch();
    });
  }

  /** Lets in who is next, for as long as the pool has room. To be called when it may have got some. */
  dispatch(): void {
    if (this.requests === 0) return;
    const { clock, observer } = this.#options;
    const now = clock.now();
    this.#lookAtPool(now);
    const saturation = this.#room.look();
    while (this.requests > 0 && this.#room.isTime()) {
      const band = this.bands.all[this.bands.firstWaiting()]!;
      if (!this.#mayEnter(band, saturation)) break;
      const request = band.queue.first()!;
      this.#dequeue(request, 'Dispatched', now);
      request.letIn(this.#letIn());
    }
    // An endpoint that comes to an empty pool says so.
    if (this.requests > 0 && !this.#time.isPoolEmpty) this.#lookAgain(this.#room.isTime() ? LOOK_AGAIN_MS : PACE_MS);
    observer.dispatched(clock.now() - now);
  }

  /** A request has got a place. @returns what to call when it gives it back */
  placed(): Release {
    return this.#room.placed();
  }

  /** An endpoint came or went. What they are now is looked at a moment later: one may only have moved. */
  endpointsChanged(): void {
    if (this.requests > 0) this.#lookAgain(0);
  }

  /** Stops looking; to be called when nobody comes any more. */
  close(): void {
    this.#stopLooking?.();
    this.#stopLooking = undefined;
    this.#stopExpiry?.();
    this.#stopExpiry = undefined;
    this.#expiryAt = Number.POSITIVE_INFINITY;
  }

  #hasRoomFor({ bytes }: RequestFacts, band: PriorityBand): boolean {
    const { maxRequests, maxBytes } = this.#options.params;
    const isWithin = (sum: number, limit: number) => limit === 0 || sum <= limit;
    return isWithin(this.bytes + bytes, maxBytes) && isWithin(this.requests + 1, maxRequests) && band.hasRoomFor(bytes);
  }

  /** How full the pool is; more than full when there is no endpoint to run on. */
  #saturation(): number {
    if (this.#time.isPoolEmpty) return Number.POSITIVE_INFINITY;
    const { endpoints, observer, saturation } = this.#options;
    const found = saturation.of(endpoints());
    observer.saturated(found);
    return found.effective;
  }

  #mayEnter(band: PriorityBand, saturation: number): boolean {
    return this.#room.hasOneBelow(this.#ceilings.look(saturation, this.bands.indexOf(band), this.bands.priorities));
  }

  #letIn(): Release {
    const settled = this.#room.letIn();
    return () => {
      settled();
      this.dispatch();
    };
  }

  #enqueue(request: WaitingRequest, band: PriorityBand): void {
    this.#arrivals.append(request);
    band.add(request);
    this.requests++;
    this.bytes += request.facts.bytes;
    this.#expireLater();
    const { clock, observer } = this.#options;
    observer.enqueued(request.facts, clock.now() - request.since);
    observer.filled(band, this.#filling());
  }

  #dequeue(request: WaitingRequest, outcome: AdmissionOutcome, now: number): void {
    const { facts, since } = request;
    this.#arrivals.remove(request);
    const band = this.bands.of(facts.priority);
    band.remove(request, outcome === 'Dispatched');
    this.requests--;
    this.bytes -= facts.bytes;
    if (this.requests === 0) this.close();
    const { observer } = this.#options;
    observer.dequeued(facts);
    observer.filled(band, this.#filling());
    observer.settled(facts, outcome, now - since);
  }

  #filling(): Filling {
    return { requests: this.requests, bytes: this.bytes, limits: this.#options.params };
  }

  #abandon(request: WaitingRequest): void {
    if (request.heapIndex < 0) return;
    this.#dequeue(request, 'EvictedContextCancelled', this.#options.clock.now());
    request.letIn(undefined);
  }

  #lookAtPool(now: number): void {
    const isEmpty = this.#options.endpoints().length === 0;
    if (this.#time.poolIs(isEmpty, now)) this.#expireLater();
  }

  #lookAgain(afterMs: number): void {
    if (afterMs < LOOK_AGAIN_MS) this.#stopLooking?.();
    else if (this.#stopLooking !== undefined) return;
    this.#stopLooking = this.#options.clock.schedule(afterMs, () => {
      this.#stopLooking = undefined;
      this.dispatch();
    });
  }

  /** One timer, for whoever is due first. It may come too early, when that one has left. */
  #expireLater(): void {
    const { oldest } = this.#arrivals;
    const dueAt = oldest === undefined ? Number.POSITIVE_INFINITY : this.#time.dueAt(oldest);
    if (dueAt === this.#expiryAt) return;
    this.#stopExpiry?.();
    this.#stopExpiry = undefined;
    this.#expiryAt = dueAt;
    if (dueAt === Number.POSITIVE_INFINITY) return;
    const { clock } = this.#options;
    const delayMs = Math.min(Math.max(0, dueAt - clock.now()), LONGEST_TIMER_MS);
    this.#stopExpiry = clock.schedule(delayMs, () => this.#expire());
  }

  #expire(): void {
    this.#stopExpiry = undefined;
    this.#expiryAt = Number.POSITIVE_INFINITY;
    const now = this.#options.clock.now();
    this.#lookAtPool(now);
    for (let request = this.#arrivals.oldest; request !== undefined; request = this.#arrivals.oldest) {
      if (this.#time.dueAt(request) > now) break;
      const outcome: Refused = this.#time.isPoolEmpty ? 'EvictedNoEndpoints' : 'EvictedTTL';
      this.#dequeue(request, outcome, now);
      request.refuse(refusal(outcome));
    }
    this.#expireLater();
  }
}

import type { Clock, DecisionDraft, Endpoint, Logger, Release } from '@pointsman/core';
import { Evictor } from './eviction/evictor.ts';
import type { FlowControlParams } from './flow-control-params.ts';
import type { Filling, FlowObserver } from './flow-observer.ts';
import { type AdmissionOutcome, type Refused, refusal } from './outcome.ts';
import { queueMaker } from './policies/fairness.ts';
import { type Ceilings, ceilingsOf } from './policies/usage-limit.ts';
import { PACE_MS, PoolRoom } from './pool-room.ts';
import type { PoolSaturation } from './pool-saturation.ts';
import type { PriorityBand } from './priority-band.ts';
import { PriorityBands } from './priority-bands.ts';
import { ProgramTable } from './programs/program-table.ts';
import { type RequestFacts, WaitingRequest } from './queue/waiting-request.ts';
import { WaitingTime } from './waiting-time.ts';

/** How often the pool is looked at again while it is full and somebody waits: metrics change without saying so. */
const LOOK_AGAIN_MS = 10;

export interface FlowControllerOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** All endpoints of the pool, as of now. */
  readonly endpoints: () => readonly Endpoint[];
  readonly observer: FlowObserver;
}

/** What a configuration says. */
export interface FlowSettings {
  readonly params: FlowControlParams;
  readonly saturation: PoolSaturation;
}

/**
 * Lets requests in while the pool has room, and has the others wait: by priority first, then by whose turn it is. Those that are
 * on their way from here to their places count too, although the detector does not see them yet. One controller serves all
 * configurations of a pool, one after the other: whoever waits stays, and goes on under the rules of the next.
 */
export class FlowController {
  readonly #options: FlowControllerOptions;
  readonly #time: WaitingTime;
  readonly #room: PoolRoom;
  readonly #evictor: Evictor;
  /** What programs have got: for bands that go by it. */
  readonly programs: ProgramTable;
  #settings: FlowSettings;
  #ceilings: Ceilings;
  #bands: PriorityBands;
  #sequence = 0;
  /** Configurations that have come to work and may still have requests. */
  #tenures = 0;
  requests = 0;
  bytes = 0;
  #stopLooking: (() => void) | undefined;
  #isDispatching = false;
  #hasChanged = false;
  /** True when there is no limit any more. */
  #isOpen = false;

  constructor(options: FlowControllerOptions, settings: FlowSettings) {
    this.#options = options;
    this.#time = new WaitingTime(options.clock, () => this.#expire());
    this.#room = new PoolRoom(() => this.#saturation(), options.clock);
    this.#evictor = new Evictor(options);
    this.programs = new ProgramTable(options.clock, options.observer, settings.params.programs);
    this.#settings = settings;
    this.#ceilings = ceilingsOf(settings.params.usageLimit);
    this.#bands = this.#bandsBy(settings.params);
  }

  get bands(): PriorityBands {
    return this.#bands;
  }

  /** How full the pool is. */
  get saturation(): number {
    return this.#settings.saturation.of(this.#options.endpoints()).effective;
  }

  get observer(): FlowObserver {
    return this.#options.observer;
  }

  /**
   * A configuration comes to work, maybe in place of another. Whoever waits keeps the order in which they came and the limits of time under which they
   * came, and nobody is turned away for limits that are narrower now.
   */
  begin(settings: FlowSettings): void {
    this.#tenures++;
    const { params } = settings;
    const { requestTtlMs, noEndpointTtlMs = requestTtlMs } = params;
    this.#settings = settings;
    this.#isOpen = false;
    this.#time.configure({ requestTtlMs, noEndpointTtlMs });
    this.#ceilings = ceilingsOf(params.usageLimit);
    this.#evictor.configure(params.eviction);
    const before = this.#bands;
    this.programs.configure(params.programs);
    this.#bands = this.#bandsBy(params);
    for (const old of before.all) {
      if (old.requests === 0) continue;
      const band = this.#bands.of(old.priority);
      for (const request of old.takeAll()) band.add(request);
      this.observer.filled(band, this.#filling());
    }
    // The detector may not be there yet.
    if (this.requests > 0) this.#lookAgain(0);
  }

  /**
   * A configuration is not at work any more. Unless another has begun, nobody asks by now how full the pool is: whoever waits
   * is let in, and so is whoever still comes.
   */
  retire(settings: FlowSettings): void {
    if (this.#settings !== settings) return;
    this.#isOpen = true;
    this.dispatch();
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
    const band = this.#bands.of(facts.priority);
    if (this.#isOpen) return this.#letInAtOnce(facts);
    if (!this.#hasRoomFor(facts, band)) {
      const outcome = this.#time.isPoolEmpty ? 'RejectedNoEndpoints' : 'RejectedCapacity';
      observer.settled(facts, outcome, 0);
      throw refusal(outcome);
    }
    if (this.requests === 0) {
      this.#room.look();
      if (this.#room.hasOneBelow(this.#ceilingOf(band))) return this.#letInAtOnce(facts);
    }
    return new Promise((letIn, refuse) => {
      const request = new WaitingRequest(facts, now, this.#sequence++, letIn, refuse);
      this.#enqueue(request, band);
      onAbandoned(() => this.#abandon(request));
      this.dispatch();
    });
  }

  /**
   * Lets in who is next, for as long as the pool has room; gives up others that run when it has none, where that is wanted.
   * To be called when there may be room.
   */
  dispatch(): void {
    this.#hasChanged = true;
    // Who is given up comes here too: whatever that has changed is seen when it is over.
    if (this.#isDispatching) return;
    this.#isDispatching = true;
    try {
      while (this.#hasChanged && this.requests > 0) {
        this.#hasChanged = false;
        this.#dispatchAll();
      }
    } finally {
      this.#isDispatching = false;
    }
  }

  /** A request has got a place. @returns what to call when it gives it back */
  placed(): Release {
    return this.#room.placed();
  }

  /** The request that has got a place may be given up for more important ones. @returns what to call when it gives it back */
  mayBeEvicted(priority: number, decision: Pick<DecisionDraft, 'evict'>): Release | undefined {
    return this.#evictor.placed(priority, decision);
  }

  /** An endpoint came or went. What they are now is looked at a moment later: one may only have moved. */
  endpointsChanged(): void {
    if (this.requests > 0) this.#lookAgain(0);
  }

  /** The last request of a configuration has ended. With the last configuration all timers end. */
  end(): void {
    if (--this.#tenures > 0) return;
    this.#rest();
    this.#evictor.close();
  }

  #rest(): void {
    this.#stopLooking?.();
    this.#stopLooking = undefined;
    this.#time.rest();
  }

  #dispatchAll(): void {
    const { clock, observer } = this.#options;
    const now = clock.now();
    this.#lookAtPool(now);
    this.#room.look();
    while (this.requests > 0 && (this.#isOpen || this.#room.isTime())) {
      const band = this.#bands.all[this.#bands.firstWaiting()]!;
      const ceiling = this.#ceilingOf(band);
      if (!this.#isOpen && !this.#room.hasOneBelow(ceiling)) {
        this.#makeRoomFor(band, ceiling);
        break;
      }
      const request = band.queue.first()!;
      this.#dequeue(request, 'Dispatched', now);
      request.letIn(this.#letIn());
    }
    // An endpoint that comes to an empty pool says so.
    if (this.requests > 0 && !this.#time.isPoolEmpty) this.#lookAgain(this.#room.isTime() ? LOOK_AGAIN_MS : PACE_MS);
    observer.dispatched(clock.now() - now);
  }

  #bandsBy(params: FlowControlParams): PriorityBands {
    return new PriorityBands(params, queueMaker(this.#options.clock, this.programs));
  }

  #makeRoomFor({ priority }: PriorityBand, ceiling: number): void {
    const { running, saturation } = this.#room;
    // Nobody can run in a pool without endpoints, whoever else is given up.
    if (!this.#time.isPoolEmpty) this.#evictor.makeRoomFor({ priority, saturation, ceiling, running });
  }

  #hasRoomFor({ bytes }: RequestFacts, band: PriorityBand): boolean {
    const { maxRequests, maxBytes } = this.#settings.params;
    const isWithin = (sum: number, limit: number) => limit === 0 || sum <= limit;
    return isWithin(this.bytes + bytes, maxBytes) && isWithin(this.requests + 1, maxRequests) && band.hasRoomFor(bytes);
  }

  /** How full the pool is; more than full when there is no endpoint to run on. */
  #saturation(): number {
    if (this.#time.isPoolEmpty) return Number.POSITIVE_INFINITY;
    const { endpoints, observer } = this.#options;
    const found = this.#settings.saturation.of(endpoints());
    observer.saturated(found);
    return found.effective;
  }

  #ceilingOf(band: PriorityBand): number {
    return this.#ceilings.look(this.#room.saturation, this.#bands.indexOf(band), this.#bands.priorities);
  }

  #letInAtOnce(facts: RequestFacts): Release {
    this.observer.settled(facts, 'Dispatched', 0);
    return this.#letIn();
  }

  #letIn(): Release {
    const settled = this.#room.letIn();
    return () => {
      settled();
      this.dispatch();
    };
  }

  #enqueue(request: WaitingRequest, band: PriorityBand): void {
    this.#time.add(request);
    band.add(request);
    this.requests++;
    this.bytes += request.facts.bytes;
    const { clock, observer } = this.#options;
    observer.enqueued(request.facts, clock.now() - request.since);
    observer.filled(band, this.#filling());
  }

  #dequeue(request: WaitingRequest, outcome: AdmissionOutcome, now: number): void {
    const { facts, since } = request;
    this.#time.remove(request);
    const band = this.#bands.of(facts.priority);
    band.remove(request, outcome === 'Dispatched');
    this.requests--;
    this.bytes -= facts.bytes;
    if (this.requests === 0) this.#rest();
    const { observer } = this.#options;
    observer.dequeued(facts);
    observer.filled(band, this.#filling());
    observer.settled(facts, outcome, now - since);
  }

  #filling(): Filling {
    return { requests: this.requests, bytes: this.bytes, limits: this.#settings.params };
  }

  #abandon(request: WaitingRequest): void {
    if (request.heapIndex < 0) return;
    this.#dequeue(request, 'EvictedContextCancelled', this.#options.clock.now());
    request.letIn(undefined);
  }

  #lookAtPool(now: number): void {
    this.#time.poolIs(this.#options.endpoints().length === 0, now);
  }

  #lookAgain(afterMs: number): void {
    if (afterMs < LOOK_AGAIN_MS) this.#stopLooking?.();
    else if (this.#stopLooking !== undefined) return;
    this.#stopLooking = this.#options.clock.schedule(afterMs, () => {
      this.#stopLooking = undefined;
      this.dispatch();
    });
  }

  #expire(): void {
    const now = this.#options.clock.now();
    this.#lookAtPool(now);
    for (let request = this.#time.due(now); request !== undefined; request = this.#time.due(now)) {
      const outcome: Refused = this.#time.isPoolEmpty ? 'EvictedNoEndpoints' : 'EvictedTTL';
      this.#dequeue(request, outcome, now);
      request.refuse(refusal(outcome));
    }
  }
}

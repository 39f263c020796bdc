import type { Clock } from '@pointsman/core';
import { ArrivalList } from './queue/arrival-list.ts';
import type { WaitingLimits } from './queue/waiting-limits.ts';
import type { RequestCohort, WaitingRequest } from './queue/waiting-request.ts';

/** How much longer than either budget a request waits at most, when the pool fills and empties in turn. */
const GRACE_MS = 2000;

/** Timers of machines end after 24 days; whoever waits longer is looked at now and then. */
const LONGEST_TIMER_MS = 3_600_000;

/** Those who came while the same limits held. Whoever came first is due first, always. */
class Cohort implements RequestCohort {
  readonly limits: WaitingLimits;
  readonly arrivals = new ArrivalList<WaitingRequest>();
  readonly #mostMs: number;

  constructor(limits: WaitingLimits) {
    this.limits = limits;
    const { requestTtlMs, noEndpointTtlMs } = limits;
    const isBounded = requestTtlMs > 0 && noEndpointTtlMs > 0;
    this.#mostMs = isBounded ? Math.max(requestTtlMs, noEndpointTtlMs) + GRACE_MS : Number.POSITIVE_INFINITY;
  }

  /**
   * When the first has waited long enough, in milliseconds since the epoch, if the pool stays as it is.
   * @param turnedAt when the pool last became empty or ceased to be
   */
  dueAt(isPoolEmpty: boolean, turnedAt: number): number {
    const { oldest } = this.arrivals;
    if (oldest === undefined) return Number.POSITIVE_INFINITY;
    const budget = isPoolEmpty ? this.limits.noEndpointTtlMs : this.limits.requestTtlMs;
    const spent = budget > 0 ? Math.max(oldest.since, turnedAt) + budget : Number.POSITIVE_INFINITY;
    return Math.min(spent, oldest.since + this.#mostMs);
  }
}

/**
 * Knows when requests have waited long enough. Time counts from when the request came, or from when the pool last became empty
 * or ceased to be, if that was later: each kind of waiting has its own budget. What limits held when it came holds for it until it
 * leaves.
 */
export class WaitingTime {
  readonly #clock: Clock;
  readonly #onDue: () => void;
  #cohorts: Cohort[] = [];
  #isEmpty = false;
  #turnedAt = Number.NEGATIVE_INFINITY;
  #stopTimer: (() => void) | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  /** @param onDue is told when somebody may be due */
  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  get isPoolEmpty(): boolean {
    return this.#isEmpty;
  }

  /** Limits for whoever comes from now on. */
  configure(limits: WaitingLimits): void {
    const last = this.#cohorts.at(-1)?.limits;
    if (last?.requestTtlMs === limits.requestTtlMs && last.noEndpointTtlMs === limits.noEndpointTtlMs) return;
    this.#cohorts = this.#cohorts.filter(({ arrivals }) => arrivals.oldest !== undefined);
    this.#cohorts.push(new Cohort(limits));
  }

  /** Somebody begins to wait. */
  add(request: WaitingRequest): void {
    request.cohort = this.#cohorts.at(-1)!;
    request.cohort.arrivals.append(request);
    this.#watch();
  }

  remove(request: WaitingRequest): void {
    request.cohort!.arrivals.remove(request);
  }

  poolIs(isEmpty: boolean, now: number): void {
    if (isEmpty === this.#isEmpty) return;
    this.#isEmpty = isEmpty;
    this.#turnedAt = now;
    this.#watch();
  }

  /** Somebody who has waited long enough. */
  due(now: number): WaitingRequest | undefined {
    return this.#cohorts.find((cohort) => this.#dueAt(cohort) <= now)?.arrivals.oldest;
  }

  /** Stops watching; to be called when nobody waits. */
  rest(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  #dueAt(cohort: Cohort): number {
    return cohort.dueAt(this.#isEmpty, this.#turnedAt);
  }

  /** One timer, for whoever is due first. It may come too early, when that one has left. */
  #watch(): void {
    let dueAt = Number.POSITIVE_INFINITY;
    for (const cohort of this.#cohorts) dueAt = Math.min(dueAt, this.#dueAt(cohort));
    if (dueAt === this.#timerAt) return;
    this.rest();
    this.#timerAt = dueAt;
    if (dueAt === Number.POSITIVE_INFINITY) return;
    const delayMs = Math.min(Math.max(0, dueAt - this.#clock.now()), LONGEST_TIMER_MS);
    this.#stopTimer = this.#clock.schedule(delayMs, () => {
      this.rest();
      this.#onDue();
      this.#watch();
    });
  }
}

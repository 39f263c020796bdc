import type { WaitingRequest } from './queue/waiting-request.ts';

/** How much longer than either budget a request waits at most, when the pool fills and empties in turn. */
const GRACE_MS = 2000;

/** How long requests may wait. 0 is no limit. */
export interface WaitingLimits {
  /** While the pool is full. */
  readonly requestTtlMs: number;
  /** While it has no endpoint. */
  readonly noEndpointTtlMs: number;
}

/**
 * When requests have waited long enough. Time counts from when the request came, or from when the pool last became empty or
 * ceased to be, if that was later: each kind of waiting has its own budget. Whoever came first is due first, always.
 */
export class WaitingTime {
  readonly #limits: WaitingLimits;
  readonly #mostMs: number;
  #isEmpty = false;
  #turnedAt = Number.NEGATIVE_INFINITY;

  constructor(limits: WaitingLimits) {
    this.#limits = limits;
    const { requestTtlMs, noEndpointTtlMs } = limits;
    const isBounded = requestTtlMs > 0 && noEndpointTtlMs > 0;
    this.#mostMs = isBounded ? Math.max(requestTtlMs, noEndpointTtlMs) + GRACE_MS : Number.POSITIVE_INFINITY;
  }

  get isPoolEmpty(): boolean {
    return this.#isEmpty;
  }

  /** @returns whether that is news */
  poolIs(isEmpty: boolean, now: number): boolean {
    if (isEmpty === this.#isEmpty) return false;
    this.#isEmpty = isEmpty;
    this.#turnedAt = now;
    return true;
  }

  /** When the request has waited long enough, in milliseconds since the epoch, if the pool stays as it is. */
  dueAt({ since }: WaitingRequest): number {
    const { requestTtlMs, noEndpointTtlMs } = this.#limits;
    const budget = this.#isEmpty ? noEndpointTtlMs : requestTtlMs;
    const spent = budget > 0 ? Math.max(since, this.#turnedAt) + budget : Number.POSITIVE_INFINITY;
    return Math.min(spent, since + this.#mostMs);
  }
}

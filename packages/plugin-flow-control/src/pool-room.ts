import type { Clock, Release } from '@pointsman/core';

/** Between two requests that are let in from the queue while the detector does not see them: llm-d's pace. */
export const PACE_MS = 1;

/** A detector that has said the same for so long has seen all that there is: metrics are scraped once a second at least. */
const SEEN_AFTER_MS = 1000;

/** Sums of fractions are not exact: what is this near to the ceiling has reached it. */
const TOLERANCE = 1e-9;

/**
 * Whether a pool has room for one more, by a detector that may be behind. One that counts what is placed sees a request as soon
 * as it has its place. One that reads metrics sees it with the next scrape. Whatever it cannot have seen yet is taken to need as
 * much as those that it has seen did, on average.
 */
export class PoolRoom {
  readonly #ask: () => number;
  readonly #clock: Clock;
  /** What the detector says, since when, and how many requests had their places then. */
  #saturation = Number.NaN;
  #since = 0;
  #seen = 0;
  #running = 0;
  /** Requests that were let in, and have neither got their places nor left. */
  #placing = 0;
  #placedEver = 0;
  /** True when the last request that got its place made no difference to the detector at once. */
  #isBlind = false;
  #letInAt = Number.NEGATIVE_INFINITY;

  /** @param ask how full the pool is; 1 is full */
  constructor(ask: () => number, clock: Clock) {
    this.#ask = ask;
    this.#clock = clock;
  }

  /** Asks the detector. */
  look(): void {
    const saturation = this.#ask();
    const now = this.#clock.now();
    if (saturation !== this.#saturation || now - this.#since >= SEEN_AFTER_MS) {
      this.#saturation = saturation;
      this.#since = now;
      this.#seen = this.#running;
    }
  }

  /** How full the pool was at the last look. */
  get saturation(): number {
    return this.#saturation;
  }

  /** Requests that have their places. */
  get running(): number {
    return this.#running;
  }

  /** Whether one more has room below a ceiling, by the last look. */
  hasOneBelow(ceiling: number): boolean {
    if (!(this.#saturation < ceiling)) return false;
    const held = this.#running + this.#placing;
    if (held <= this.#seen) return true;
    // How much a request takes is not known yet: one after the other, unless there is nothing to be learned from that.
    if (this.#seen === 0) return this.#isBlind || this.#placing === 0;
    return (this.#saturation * held) / this.#seen < ceiling - TOLERANCE;
  }

  /** Whether the next one of the queue may be let in already. */
  isTime(): boolean {
    return !this.#isBlind || this.#clock.now() - this.#letInAt >= PACE_MS;
  }

  /** Lets one in. @returns what to call when it has got its place or has left */
  letIn(): Release {
    this.#letInAt = this.#clock.now();
    this.#placing++;
    const before = this.#placedEver;
    return () => {
      this.#placing--;
      if (this.#placedEver === before) return;
      const [known, seen] = [this.#saturation, this.#seen];
      this.look();
      const now = this.#saturation;
      // It rightly says the same when as many run as when it began to say so, and when there is no endpoint to ask about.
      if (this.#running !== seen && Number.isFinite(now)) this.#isBlind = now === known;
    };
  }

  /** A request has got its place. @returns what to call when it gives it back */
  placed(): Release {
    this.#running++;
    this.#placedEver++;
    return () => {
      this.#running--;
    };
  }
}

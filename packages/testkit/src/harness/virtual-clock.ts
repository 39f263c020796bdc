import type { Clock } from '@pointsman/core';

interface Timer {
  readonly at: number;
  readonly fn: () => void;
  isWaiting: boolean;
}

/** Turns of the event loop for a millisecond of virtual time: sockets of this process need a handful for an answer. */
const TURNS_A_MILLISECOND = 10;

/**
 * Time that passes only when a test says so: no time-out comes because a machine is slow. Timers run in the order of
 * their times, and those of the same time in the order in which they were set; within each, `now` is its time.
 */
export class VirtualClock implements Clock {
  /** Latest first. */
  readonly #timers: Timer[] = [];
  #now: number;
  #pending = 0;

  /** @param startMs milliseconds since the epoch; default the first second of 2026 */
  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  schedule(delayMs: number, fn: () => void): () => void {
    const timer: Timer = { at: this.#now + Math.max(0, delayMs), fn, isWaiting: true };
    this.#timers.splice(this.#placeOf(timer.at), 0, timer);
    this.#pending++;
    return () => {
      if (timer.isWaiting) this.#pending--;
      timer.isWaiting = false;
    };
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#pending;
  }

  /** Goes to the next timer and runs it. False when there is none. */
  step(): boolean {
    const timer = this.#next();
    if (timer === undefined) return false;
    this.#timers.pop();
    timer.isWaiting = false;
    this.#pending--;
    this.#now = Math.max(this.#now, timer.at);
    timer.fn();
    return true;
  }

  /**
   * Lets time pass until `ms`, with all timers until then; what promises bring about comes later.
   * @returns how many timers ran
   */
  runUntil(ms: number): number {
    let count = 0;
    for (; (this.#next()?.at ?? Number.POSITIVE_INFINITY) <= ms; count++) this.step();
    this.#now = Math.max(this.#now, ms);
    return count;
  }

  /** Lets time pass until no timer waits. @returns how many timers ran */
  runAll(): number {
    let count = 0;
    for (; this.step(); count++);
    return count;
  }

  /** Lets `ms` milliseconds pass: timers run one by one, each with all that promises bring about after it. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settle();
    while ((this.#next()?.at ?? Number.POSITIVE_INFINITY) <= until) {
      this.step();
      await settle();
    }
    this.#now = until;
  }

  /**
   * Lets time pass until something holds, so slowly that what is on its way between sockets of this process arrives
   * first.
   */
  async advanceUntil(holds: () => boolean): Promise<void> {
    for (let turns = 0; !holds(); turns++) {
      if (turns % TURNS_A_MILLISECOND === 0) await this.advance(1);
      else await settle();
    }
  }

  #next(): Timer | undefined {
    while (this.#timers.at(-1)?.isWaiting === false) this.#timers.pop();
    return this.#timers.at(-1);
  }

  /** Behind all that come later, before those of the same time. */
  #placeOf(at: number): number {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#timers[middle]!.at > at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Lets everything run that waits for nothing but promises. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

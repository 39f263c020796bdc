import { type Clock, systemClock } from '@pointsman/core';

/** The machine's clock, but data can be written as if at another time. */
export class StateClock implements Clock {
  #ageMs = 0;

  now(): number {
    return systemClock.now() - this.#ageMs;
  }

  schedule(delayMs: number, fn: () => void): () => void {
    return systemClock.schedule(delayMs, fn);
  }

  /** @param ageMs how long ago `write` seems to happen; NaN leaves no time behind, as if nothing had been written */
  at(ageMs: number, write: () => void): void {
    this.#ageMs = ageMs;
    try {
      write();
    } finally {
      this.#ageMs = 0;
    }
  }
}

import type { SimClock } from '../../src/sim/index.ts';

interface Timer {
  readonly at: number;
  readonly fn: () => void;
}

/** Time that passes only when a test says so. */
export class VirtualClock implements SimClock {
  readonly #timers = new Set<Timer>();
  #now = 0;
  /** Timers that ran. */
  fired = 0;

  now(): number {
    return this.#now;
  }

  schedule(delayMs: number, fn: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, delayMs), fn };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  get pending(): number {
    return this.#timers.size;
  }

  /** Lets time pass until then; timers run one by one, each at its time. */
  runUntil(ms: number): void {
    for (let next = this.#earliest(); next !== undefined && next.at <= ms; next = this.#earliest()) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      this.fired++;
      next.fn();
    }
    this.#now = Math.max(this.#now, ms);
  }

  /** Until nothing waits. */
  runAll(): void {
    for (let next = this.#earliest(); next !== undefined; next = this.#earliest()) this.runUntil(next.at);
  }

  #earliest(): Timer | undefined {
    let earliest: Timer | undefined;
    for (const timer of this.#timers) if (!earliest || timer.at < earliest.at) earliest = timer;
    return earliest;
  }
}

import type { Clock } from '@pointsman/core';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fn: () => void;
}

/** Time that passes only from one timer to the next. */
export class VirtualClock implements Clock {
  readonly #heap: Timer[] = [];
  readonly #cancelled = new Set<Timer>();
  #order = 0;
  #now = 1_700_000_000_000;

  now(): number {
    return this.#now;
  }

  schedule(delayMs: number, fn: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, delayMs), order: this.#order++, fn };
    this.#push(timer);
    return () => void this.#cancelled.add(timer);
  }

  /** Runs the next timer. False when there is none. */
  step(): boolean {
    for (let timer = this.#pop(); timer !== undefined; timer = this.#pop()) {
      if (this.#cancelled.delete(timer)) continue;
      this.#now = Math.max(this.#now, timer.at);
      timer.fn();
      return true;
    }
    return false;
  }

  #push(timer: Timer): void {
    let low = 0;
    let high = this.#heap.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isLater(this.#heap[middle]!, timer)) low = middle + 1;
      else high = middle;
    }
    this.#heap.splice(low, 0, timer);
  }

  #pop(): Timer | undefined {
    return this.#heap.pop();
  }
}

function isLater(a: Timer, b: Timer): boolean {
  return a.at > b.at || (a.at === b.at && a.order > b.order);
}

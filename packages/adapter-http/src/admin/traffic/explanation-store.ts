import type { Explanation, Scheduler } from '@pointsman/core';

/** Candidates in all explanations that are kept together; some hundred bytes each. */
const MAX_KEPT = 30_000;
/** Candidates that are taken down within a second, so that keeping costs little however much fails at once. */
const MAX_A_SECOND = 5_000;

/**
 * Explanations of decisions that people are likely to ask for: those that failed, and those on the screen of somebody. The
 * scheduler itself remembers the last ones only, which under heavy traffic is a matter of seconds.
 */
export class ExplanationStore {
  readonly #scheduler: Scheduler;
  readonly #kept = new Map<string, { readonly explanation: Explanation; readonly size: number }>();
  #size = 0;
  #second = 0;
  #sizeOfSecond = 0;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Takes down why a decision came out so, once its outcome is known. */
  keep(pool: string, id: string, now: number): void {
    if (this.#kept.has(id)) return;
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#sizeOfSecond = 0;
    }
    if (this.#sizeOfSecond >= MAX_A_SECOND) return;
    const explanation = this.#scheduler.pools.get(pool)?.explain(id);
    if (explanation === undefined || explanation.outcome === null) return;
    const size = explanation.profiles.reduce((sum, { considered }) => sum + considered.length, 1);
    this.#kept.set(id, { explanation, size });
    this.#size += size;
    this.#sizeOfSecond += size;
    for (const [oldest, { size: freed }] of this.#kept) {
      if (this.#size <= MAX_KEPT || oldest === id) break;
      this.#kept.delete(oldest);
      this.#size -= freed;
    }
  }

  /** What the scheduler still knows, else what was kept. */
  find(id: string): Explanation | undefined {
    // The name of a pool may hold colons; the number behind the last one does not.
    const pool = this.#scheduler.pools.get(id.slice(0, id.lastIndexOf(':')));
    return pool?.explain(id) ?? this.#kept.get(id)?.explanation;
  }
}

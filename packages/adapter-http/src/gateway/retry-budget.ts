import type { RetryBudgetOptions } from './gateway-options.ts';

const WINDOW_SECONDS = 10;

/**
 * Bounds the retries of all requests together, so that they cannot multiply the load on model servers that fail:
 * every request deposits `ratio` of a retry, every retry takes a whole one, and both are forgotten after ten seconds.
 * A reserve of `minPerSecond` lets rare requests be retried too. The idea is Finagle's `RetryBudget`.
 */
export class RetryBudget {
  readonly #ratio: number;
  readonly #reserve: number;
  /** Deposits less withdrawals, by second. */
  readonly #seconds = new Float64Array(WINDOW_SECONDS);
  #balance = 0;
  #now = 0;

  constructor({ ratio = 0.2, minPerSecond = 10 }: RetryBudgetOptions = {}) {
    this.#ratio = ratio;
    this.#reserve = minPerSecond * WINDOW_SECONDS;
  }

  /** Counts a request. @param nowMs any clock that does not go back */
  deposit(nowMs: number): void {
    this.#add(nowMs, this.#ratio);
  }

  /** Takes a retry if there is one. */
  withdraw(nowMs: number): boolean {
    this.#moveTo(nowMs);
    // Five times 0.2 may come to a little less than 1.
    if (this.#balance + this.#reserve < 1 - 1e-9) return false;
    this.#add(nowMs, -1);
    return true;
  }

  #add(nowMs: number, amount: number): void {
    this.#moveTo(nowMs);
    this.#seconds[this.#now % WINDOW_SECONDS]! += amount;
    this.#balance += amount;
  }

  #moveTo(nowMs: number): void {
    const now = Math.floor(nowMs / 1000);
    if (now === this.#now) return;
    if (now - this.#now >= WINDOW_SECONDS) this.#seconds.fill(0);
    else for (let second = this.#now + 1; second <= now; second++) this.#seconds[second % WINDOW_SECONDS] = 0;
    this.#now = now;
    // Summed anew, so that rounding errors do not pile up.
    this.#balance = this.#seconds.reduce((sum, amount) => sum + amount, 0);
  }
}

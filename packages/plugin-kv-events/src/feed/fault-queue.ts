/**
 * Passes faults on that come at any time to somebody who waits for one: a streaming fetcher reports a fault by failing. Those
 * that come while nobody waits are counted, and the first is told.
 */
export class FaultQueue {
  #first: Error | undefined;
  #others = 0;
  #wake: (() => void) | undefined;

  add(error: Error): void {
    if (this.#first === undefined) this.#first = error;
    else this.#others++;
    this.#wake?.();
  }

  /** Rejects with the next fault. Resolves when `signal` aborts. */
  async next(signal: AbortSignal): Promise<void> {
    if (this.#first === undefined && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = () => {
          signal.removeEventListener('abort', done);
          this.#wake = undefined;
          resolve();
        };
        signal.addEventListener('abort', done);
        this.#wake = done;
      });
    }
    const first = this.#first;
    if (first === undefined || signal.aborted) return;
    const more = this.#others === 0 ? '' : ` (and ${this.#others} more since the last report)`;
    this.#first = undefined;
    this.#others = 0;
    throw new Error(`${first.message}${more}`, { cause: first });
  }
}

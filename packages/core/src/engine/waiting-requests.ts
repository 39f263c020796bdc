import { PointsmanError } from '../contract/errors.ts';
import type { RequestCycle } from './cycle.ts';

/** The requests of a pool whose hooks or fetchers are being waited for. */
export class WaitingRequests {
  readonly #pool: string;
  readonly #sendAway = new Set<() => void>();

  constructor(pool: string) {
    this.#pool = pool;
  }

  /**
   * Waits for a request's asynchronous part, but no longer than its caller and its pool want it: then the request is
   * abandoned, and whatever its plugins still write reaches nobody.
   * @throws PointsmanError ABORTED, CLOSED, and what `pending` rejects with
   */
  wait(pending: Promise<void>, cycle: RequestCycle, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        signal?.removeEventListener('abort', onAbort);
        this.#sendAway.delete(onClose);
      };
      const giveUp = (error: PointsmanError) => {
        leave();
        cycle.abandon();
        reject(error);
      };
      const onAbort = () => giveUp(new PointsmanError('ABORTED', 'the caller gave up before a decision'));
      const onClose = () => giveUp(new PointsmanError('CLOSED', `pool "${this.#pool}" was shut down`));
      pending.then(
        () => {
          leave();
          resolve();
        },
        (error: unknown) => {
          leave();
          reject(error);
        },
      );
      this.#sendAway.add(onClose);
      if (signal?.aborted === true) onAbort();
      else signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Sends all of them away: the pool is shut down. */
  close(): void {
    for (const sendAway of [...this.#sendAway]) sendAway();
  }
}

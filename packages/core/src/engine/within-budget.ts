import type { Clock } from '../contract/clock.ts';
import type { RequestCycle } from './cycle.ts';

/**
 * Waits for a plugin, but no longer than its budget, nor once nobody waits for the request any more.
 * @throws what `pending` rejects with, or an error that names the budget
 */
export function withinBudget(
  pending: Promise<void>,
  budgetMs: number,
  clock: Clock,
  cycle: RequestCycle,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancelTimer = clock.schedule(budgetMs, () => reject(new Error(`no answer within its ${budgetMs} ms`)));
    cycle.whenAbandoned(() => {
      cancelTimer();
      resolve();
    });
    pending.then(
      () => {
        cancelTimer();
        resolve();
      },
      (error: unknown) => {
        cancelTimer();
        reject(error);
      },
    );
  });
}

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RetryBudget } from './retry-budget.ts';

function withdrawals(budget: RetryBudget, nowMs: number): number {
  let count = 0;
  while (budget.withdraw(nowMs)) count++;
  return count;
}

test('every request pays for a share of a retry', () => {
  const budget = new RetryBudget({ ratio: 0.2, minPerSecond: 0 });
  expect(budget.withdraw(0)).toBe(false);
  for (let i = 0; i < 50; i++) budget.deposit(100);
  expect(withdrawals(budget, 100)).toBe(10);
});

test('a reserve is there without any request, and comes back', () => {
  const budget = new RetryBudget({ ratio: 0, minPerSecond: 1 });
  expect(withdrawals(budget, 0)).toBe(10);
  expect(withdrawals(budget, 9_999)).toBe(0);
  expect(withdrawals(budget, 10_000)).toBe(10);
});

test('what was paid is forgotten after ten seconds', () => {
  const budget = new RetryBudget({ ratio: 1, minPerSecond: 0 });
  budget.deposit(0);
  budget.deposit(5_000);
  expect(budget.withdraw(10_500)).toBe(true);
  expect(budget.withdraw(10_500)).toBe(false);
  budget.deposit(20_000);
  expect(budget.withdraw(1_000_000)).toBe(false);
});

test('in any ten seconds there are no more retries than requests of twenty seconds and the reserve pay for', () => {
  const steps = fc.array(fc.tuple(fc.nat(4_000), fc.boolean()), { maxLength: 300 });
  fc.assert(
    fc.property(steps, fc.double({ min: 0, max: 2, noNaN: true }), fc.nat(3), (taken, ratio, minPerSecond) => {
      const budget = new RetryBudget({ ratio, minPerSecond });
      const deposits: number[] = [];
      const retries: number[] = [];
      let now = 0;
      for (const [pause, isDeposit] of taken) {
        now += pause;
        if (isDeposit) {
          budget.deposit(now);
          deposits.push(now);
        } else if (budget.withdraw(now)) retries.push(now);
      }
      for (const end of retries) {
        const within = (times: readonly number[], spanMs: number) =>
          times.filter((time) => time <= end && time > end - spanMs).length;
        expect(within(retries, 9_000)).toBeLessThanOrEqual(within(deposits, 20_000) * ratio + 20 * minPerSecond + 1e-6);
      }
    }),
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimeBuckets } from './time-buckets.ts';

describe('time buckets', () => {
  it('hold exactly what was added within their length, whatever the pauses', () => {
    const events = fc.array(fc.tuple(fc.nat(4_000), fc.nat(9)), { maxLength: 60 });
    fc.assert(
      fc.property(events, (steps) => {
        const buckets = new TimeBuckets(100, 8, ['amount']);
        const added: { readonly at: number; readonly amount: number }[] = [];
        let now = 1_000_000;
        for (const [pause, amount] of steps) {
          now += pause;
          buckets.add(now, 'amount', amount);
          added.push({ at: now, amount });
        }
        buckets.advance(now);
        const oldest = Math.floor(now / 100) - 7;
        const expected = added.filter(({ at }) => Math.floor(at / 100) >= oldest);
        expect(buckets.sum('amount')).toBe(expected.reduce((sum, { amount }) => sum + amount, 0));
      }),
    );
  });

  it('keep what they have when the clock is put back a little, and start afresh when it is put back far', () => {
    const buckets = new TimeBuckets(100, 8, ['amount']);
    buckets.add(10_000, 'amount', 1);
    buckets.add(9_850, 'amount', 1);
    expect(buckets.sum('amount')).toBe(2);
    buckets.add(1_000, 'amount', 5);
    expect(buckets.sum('amount')).toBe(5);
  });
});

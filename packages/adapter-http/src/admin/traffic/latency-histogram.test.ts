import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binOf, HISTOGRAM_BINS, quantileOf } from './latency-histogram.ts';

describe('quantiles of times', () => {
  it('are within a bin of the exact ones', () => {
    const times = fc.array(fc.double({ min: 1, max: 200_000, noNaN: true }), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(times, fc.constantFrom(0.5, 0.95), (sample, quantile) => {
        const counts = new Uint32Array(HISTOGRAM_BINS);
        for (const ms of sample) counts[binOf(ms)]!++;
        const exact = [...sample].sort((a, b) => a - b)[Math.ceil(quantile * sample.length) - 1]!;
        const found = quantileOf(counts, quantile)!;
        expect(found / exact).toBeGreaterThan(2 ** -0.26);
        expect(found / exact).toBeLessThan(2 ** 0.26);
      }),
    );
  });

  it('take any number as a time, and nothing as nothing', () => {
    expect([Number.NaN, -5, 0, 1].map(binOf)).toEqual([0, 0, 0, 0]);
    expect(binOf(Number.POSITIVE_INFINITY)).toBe(HISTOGRAM_BINS - 1);
    expect(quantileOf(new Uint32Array(HISTOGRAM_BINS), 0.5)).toBeNull();
  });
});

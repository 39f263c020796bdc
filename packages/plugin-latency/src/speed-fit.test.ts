import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENOUGH_SAMPLES, type Lesson, SpeedFit } from './speed-fit.ts';

const ROW = 2;
const tokens = fc.integer({ min: 0, max: 20_000 });

function fitOf(defaultZero: 'fixed' | 'slope' = 'fixed'): SpeedFit {
  const fit = new SpeedFit(defaultZero, 256);
  fit.grow(4);
  return fit;
}

function teach(fit: SpeedFit, x: number, y: number, trustAtOnce = false): Lesson {
  return fit.learn(ROW, x, y, 1, 32, trustAtOnce, 1000);
}

function at(fit: SpeedFit, x: number): number {
  return fit.fixed[ROW]! + x * fit.slope[ROW]!;
}

describe('SpeedFit', () => {
  it('finds the line on which all samples lie', () => {
    const law = fc.property(
      fc.double({ min: 1, max: 500, noNaN: true }),
      fc.double({ min: 0.01, max: 2, noNaN: true }),
      fc.array(tokens, { minLength: 40, maxLength: 80 }),
      (fixed, slope, sizes) => {
        fc.pre(Math.max(...sizes) > 2 * Math.min(...sizes) + 1000);
        const fit = fitOf();
        for (const x of sizes) teach(fit, x, fixed + slope * x);
        // The line is drawn towards the origin a little, and the more where there is little to see.
        const wanted = fixed + slope * 1000;
        expect(Math.abs(at(fit, 1000) - wanted)).toBeLessThan(0.2 * wanted);
        expect(Math.abs(at(fit, 10_000) / (fixed + slope * 10_000) - 1)).toBeLessThan(0.2);
      },
    );
    fc.assert(law, { numRuns: 100 });
  });

  it.each([
    ['fixed', 500, 0, 0.2],
    ['slope', 500, 100, 0],
  ] as const)('keeps "%s" at zero when all samples are alike', (defaultZero, x, fixed, slope) => {
    const fit = fitOf(defaultZero);
    for (let i = 0; i < 10; i++) teach(fit, x, 100);
    expect(fit.fixed[ROW]).toBeCloseTo(fixed, 6);
    expect(fit.slope[ROW]).toBeCloseTo(slope, 6);
  });

  it('never expects less for more, nor anything negative, whatever it was taught', () => {
    const sample = fc.tuple(fc.oneof(tokens, fc.double()), fc.oneof(fc.integer({ min: 0, max: 100_000 }), fc.double()));
    const law = fc.property(fc.array(sample, { maxLength: 60 }), (samples) => {
      const fit = fitOf();
      for (const [x, y] of samples) teach(fit, x, y);
      expect(fit.fixed[ROW]).toBeGreaterThanOrEqual(0);
      expect(fit.slope[ROW]).toBeGreaterThanOrEqual(0);
      expect(Number.isFinite(at(fit, 1e6))).toBe(true);
    });
    fc.assert(law, { numRuns: 300 });
  });

  it.each([
    [Number.NaN, 1],
    [1, Number.NaN],
    [-1, 1],
    [1, -1],
    [Infinity, 1],
    [1, Infinity],
    [1e300, 1],
    [1, 1e300],
  ])('learns nothing from %d tokens in %d ms', (x, y) => {
    const fit = fitOf();
    expect(teach(fit, x, y)).toBe('unusable');
    expect(fit.samples[ROW]).toBe(0);
  });

  it('is moved by one outlier by a twentieth at most', () => {
    const law = fc.property(fc.double({ min: 3, max: 1000, noNaN: true }), fc.boolean(), (factor, isSlow) => {
      const fit = fitOf();
      for (let i = 0; i < 100; i++) teach(fit, 100 + 50 * (i % 20), 10 + 100 + 50 * (i % 20));
      const before = at(fit, 500);
      const outlier = isSlow ? 510 * factor : 510 / factor;
      expect(teach(fit, 500, outlier)).toBe('outlier');
      expect(Math.abs(at(fit, 500) / before - 1)).toBeLessThan(0.05);
    });
    fc.assert(law, { numRuns: 50 });
  });

  it.each([4, 20, 0.25, 0.02])('follows a speed that is %d times the old one from the third sample on', (factor) => {
    const fit = fitOf();
    for (let i = 0; i < 100; i++) teach(fit, 100 + 50 * (i % 20), 10 + 100 + 50 * (i % 20));
    const lessons = [300, 800, 500].map((x) => teach(fit, x, factor * (10 + x)));
    expect(lessons).toEqual(['outlier', 'outlier', 'jump']);
    for (const x of [100, 1000]) expect(Math.abs(at(fit, x) / (factor * (10 + x)) - 1)).toBeLessThan(0.1);
  });

  it('takes outliers on both sides for outliers, however many there are', () => {
    const fit = fitOf();
    for (let i = 0; i < 50; i++) teach(fit, 500, 500);
    for (let i = 0; i < 20; i++) expect(teach(fit, 500, i % 2 === 0 ? 5000 : 50)).toBe('outlier');
  });

  it('follows the first sample after a silence', () => {
    const fit = fitOf();
    for (let i = 0; i < 20; i++) teach(fit, 100 + 10 * i, 100 + 10 * i);
    expect(fit.silence(ROW, 41_000)).toBe(40_000);
    expect(teach(fit, 200, 2000, true)).toBe('jump');
    expect(at(fit, 200) / 2000).toBeCloseTo(1, 1);
  });

  it('knows a row after a few samples, and nothing of it once it is reset', () => {
    const fit = fitOf();
    expect(fit.silence(ROW, 5000)).toBe(Infinity);
    for (let i = 1; i <= ENOUGH_SAMPLES; i++) {
      expect(fit.isKnown(ROW)).toBe(false);
      teach(fit, 100, 50);
    }
    expect(fit.isKnown(ROW)).toBe(true);
    fit.grow(100);
    expect(at(fit, 100)).toBeCloseTo(50, 6);
    fit.reset(ROW);
    expect([fit.samples[ROW], at(fit, 100), fit.silence(ROW, 5000)]).toEqual([0, 0, Infinity]);
    teach(fit, 10, 7);
    expect(at(fit, 10)).toBeCloseTo(7, 6);
  });

  it('keeps rows apart', () => {
    const fit = fitOf();
    for (let i = 0; i < 10; i++) {
      fit.learn(0, 100, 10, 1, 32, false, 0);
      fit.learn(1, 100, 1000, 1, 32, false, 0);
    }
    expect([fit.slope[0], fit.slope[1]].map((slope) => slope! * 100)).toEqual([
      expect.closeTo(10, 6),
      expect.closeTo(1000, 6),
    ]);
  });
});

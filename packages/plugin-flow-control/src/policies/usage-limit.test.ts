import { describe, expect, it } from 'vitest';
import { ceilingsOf, usageLimitParams } from './usage-limit.ts';

function ceilings(params: object, priorities: readonly number[]): readonly number[] {
  const limits = ceilingsOf(usageLimitParams.parse({ type: 'priority-holdback-policy', params }));
  return priorities.map((_, i) => Number(limits.look(0.5, i, priorities).toFixed(6)));
}

describe('priority-holdback-policy', () => {
  it.each([
    ['evenly apart', { minCeiling: 0.4, maxCeiling: 0.9 }, [10, 0, -10], [0.9, 0.65, 0.4]],
    ['evenly apart, however far their priorities are', { minCeiling: 0.4 }, [100, 1, 0], [1, 0.7, 0.4]],
    ['as far apart as their priorities', { minCeiling: 0.4, domain: 'value' }, [100, 25, 0], [1, 0.55, 0.4]],
    ['one band', { minCeiling: 0.4, maxCeiling: 0.9, domain: 'value' }, [7], [0.9]],
  ])('%s', (_, params, priorities, expected) => {
    expect(ceilings(params, priorities)).toEqual(expected);
  });
});

it('static-usage-limit-policy is the same for all', () => {
  const type = 'static-usage-limit-policy';
  const limits = ceilingsOf(usageLimitParams.parse({ type, params: { threshold: 0.8 } }));
  expect([0, 1].map((i) => limits.look(0.5, i, [1, 0]))).toEqual([0.8, 0.8]);
  expect(ceilingsOf(usageLimitParams.parse({ type })).look(0.5, 0, [0])).toBe(1);
});

describe('soft-reflective-ceiling-policy', () => {
  const limits = () => ceilingsOf(usageLimitParams.parse({ type: 'soft-reflective-ceiling-policy' }));
  const looks = (saturation: number, index: number, priorities: readonly number[]) => {
    const asked = limits();
    return Array.from({ length: 6 }, () => asked.look(saturation, index, priorities));
  };

  it.each([
    ['lets the lowest band in with every third look at 0.75', 0.75, 1, [1, 0], [0, 0, 1, 0, 0, 1]],
    ['rounds as llm-d does: with every look at 0.6', 0.6, 1, [1, 0], [1, 1, 1, 1, 1, 1]],
    ['leaves everybody alone while less than half is taken', 0.4, 1, [1, 0], [1, 1, 1, 1, 1, 1]],
    ['slows down the lowest first', 0.6, 1, [2, 1, 0], [1, 1, 1, 1, 1, 1]],
    ['never slows down the highest', 0.9, 0, [1, 0], [1, 1, 1, 1, 1, 1]],
    ['nor the only one', 0.9, 0, [0], [1, 1, 1, 1, 1, 1]],
    ['stops the others when the pool is full', 1, 1, [1, 0], [0, 0, 0, 0, 0, 0]],
  ] as const)('%s', (_, saturation, index, priorities, expected) => {
    expect(looks(saturation, index, priorities)).toEqual(expected);
  });
});

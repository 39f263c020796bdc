import { describe, expect, it } from 'vitest';
import { ceilingOf, usageLimitParams } from './usage-limit.ts';

function ceilings(params: object, priorities: readonly number[]): readonly number[] {
  const limit = usageLimitParams.parse({ type: 'priority-holdback-policy', params });
  return priorities.map((_, i) => Number(ceilingOf(limit, i, priorities).toFixed(6)));
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
  const limit = usageLimitParams.parse({ type: 'static-usage-limit-policy', params: { threshold: 0.8 } });
  expect([0, 1].map((i) => ceilingOf(limit, i, [1, 0]))).toEqual([0.8, 0.8]);
  expect(ceilingOf(usageLimitParams.parse({ type: 'static-usage-limit-policy' }), 0, [0])).toBe(1);
});

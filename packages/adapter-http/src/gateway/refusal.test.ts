import { PointsmanError } from '@pointsman/core';
import { KV_CACHE_ABSENT } from '@pointsman/inference-api';
import { expect, it } from 'vitest';
import { refusalOf } from './refusal.ts';

const allFiltered = (reasons: readonly string[]) =>
  new PointsmanError('ALL_FILTERED', 'no endpoint is left', {
    reason: 'rejected-saturated',
    drops: reasons.map((reason, i) => ({ endpoint: `default/${i}`, filter: 'some-filter', reason })),
  });

it('tells a client that asked for it that its KV cache is nowhere', () => {
  expect(refusalOf(allFiltered(['too busy', KV_CACHE_ABSENT]))).toEqual({
    status: 412,
    code: 'kv_cache_absent',
    message: KV_CACHE_ABSENT,
  });
});

it('answers 429 where filters left nobody for other reasons', () => {
  expect(refusalOf(allFiltered(['too busy']))).toMatchObject({ status: 429, reason: 'rejected-saturated' });
});

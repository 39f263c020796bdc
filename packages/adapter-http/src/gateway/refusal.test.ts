import { PointsmanError } from '@pointsman/core';
import { expect, it } from 'vitest';
import { refusalOf } from './refusal.ts';

it.each<[string, PointsmanError, object]>([
  [
    'tells a client why a plugin turned its request away',
    new PointsmanError('REJECTED', 'come later', { httpStatus: 503, reason: 'too-many', retryAfterMs: 10 }),
    { status: 503, code: 'rejected', message: 'come later', reason: 'too-many', retryAfterMs: 10 },
  ],
  [
    'answers 429 where filters left nobody',
    new PointsmanError('ALL_FILTERED', 'no endpoint is left', { reason: 'rejected-saturated' }),
    { status: 429, code: 'all_filtered', message: 'no endpoint is left', reason: 'rejected-saturated' },
  ],
  [
    'keeps to itself how the inside is made',
    new PointsmanError('PLUGIN_FAILED', 'scheduling failed: secret'),
    { status: 500, code: 'plugin_failed', message: 'the request could not be placed' },
  ],
])('%s', (_, error, refusal) => {
  expect(refusalOf(error)).toEqual(refusal);
});

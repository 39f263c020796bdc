import { expect, it } from 'vitest';
import { DURATION_TEXT, millisecondsOf } from './duration.ts';

it.each([
  ['300ms', 300],
  ['1m30s', 90_000],
  ['+1.5h', 5_400_000],
  ['-2s', -2000],
  ['.5s', 500],
  ['2us', 0.002],
  ['0', 0],
])('%s is %d ms', (text, ms) => {
  expect(DURATION_TEXT.test(text)).toBe(true);
  expect(millisecondsOf(text)).toBeCloseTo(ms, 9);
});

it.each(['', '5', '1 s', 's', '1d', '1s-1s', '--1s', '1s '])('"%s" is none', (text) => {
  expect(DURATION_TEXT.test(text)).toBe(false);
});

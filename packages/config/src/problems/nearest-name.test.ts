import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearestName, suggestName } from './nearest-name.ts';

const known = ['queue-scorer', 'max-score-picker', 'random-picker'];

test.each([
  ['queue-scorrer', 'queue-scorer'],
  ['QueueScorer', 'queue-scorer'],
  ['max_score_picker', 'max-score-picker'],
  ['radom-picker', 'random-picker'],
])('%s means %s', (typed, meant) => {
  expect(nearestName(typed, known)).toBe(meant);
});

test('nothing is suggested for what resembles nothing', () => {
  expect(suggestName('kubernetes', known)).toBeUndefined();
  expect(suggestName('x', [])).toBeUndefined();
});

test('a known name is nearest to itself', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 }), fc.nat(), (names, pick) => {
      const name = names[pick % names.length]!;
      return nearestName(name, names) === name;
    }),
  );
});

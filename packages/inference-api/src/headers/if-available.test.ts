import { expect, it } from 'vitest';
import { prefersIfAvailable } from './if-available.ts';

it.each([
  'if-available',
  'If-Available; x=1, wait=1',
  'wait=10, IF-AVAILABLE',
  'respond-async,if-available;a="b,c"',
  'foo="a, \\"b", if-available',
])('finds the preference in %j', (prefer) => {
  expect(prefersIfAvailable(prefer)).toBe(true);
});

it.each([undefined, '', 'wait=10', 'if-available-else', 'if-available=1', 'x=if-available', 'foo="a, if-available"'])(
  'does not find it in %j',
  (prefer) => {
    expect(prefersIfAvailable(prefer)).toBe(false);
  },
);

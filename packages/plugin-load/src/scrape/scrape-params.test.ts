import { describe, expect, it } from 'vitest';
import { scrapeInterval, scrapeParams } from './scrape-params.ts';

const defaults = { busyMs: 50, idleMs: 1000 };

describe('scrapeInterval', () => {
  it.each([
    [{}, { busyMs: 50, idleMs: 1000 }],
    [{ interval: '0s' }, { busyMs: 50, idleMs: 1000 }],
    [{ interval: '50ms' }, { busyMs: 50, idleMs: 50 }],
    [{ interval: '1m1.5s' }, { busyMs: 61_500, idleMs: 61_500 }],
    [{ idleInterval: '5s' }, { busyMs: 50, idleMs: 5000 }],
    [
      { interval: '100ms', idleInterval: '2s' },
      { busyMs: 100, idleMs: 2000 },
    ],
  ])('%j', (params, expected) => {
    expect(scrapeInterval(scrapeParams('/metrics').parse(params), defaults)).toEqual(expected);
  });

  it('takes a path without its slash', () => {
    expect(scrapeParams('/metrics').parse({ path: 'stats' }).path).toBe('/stats');
  });

  it.each(['/a b', '/größe', '/a\r\nhost: other', '/a\n'])('refuses the path %j, which no request can name', (path) => {
    expect(() => scrapeParams('/metrics').parse({ path })).toThrow('percent-encode');
  });
});

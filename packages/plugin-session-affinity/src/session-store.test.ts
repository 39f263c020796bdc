import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SessionStore } from './session-store.ts';

const limits = { ttlMs: 1000, sweepMs: 100, maxBytes: 1 << 20 };

describe('SessionStore', () => {
  it('forgets a session that was not seen for longer than its time', () => {
    const store = new SessionStore(limits);
    store.put('s', 'ns/a', 0);
    expect(store.get('s', 1000)).toBe('ns/a');
    expect(store.get('s', 1001)).toBeUndefined();
  });

  it('counts the time from when the session was last seen', () => {
    const store = new SessionStore(limits);
    store.put('s', 'ns/a', 0);
    store.put('s', 'ns/a', 900);
    expect(store.get('s', 1900)).toBe('ns/a');
  });

  it('frees forgotten sessions on its way', () => {
    const store = new SessionStore(limits);
    for (let i = 0; i < 100; i++) store.put(`s${i}`, 'ns/a', i);
    store.put('late', 'ns/a', 5000);
    expect([...store.state.sessions.keys()]).toEqual(['late']);
  });

  it('looks for forgotten sessions at most once in its interval', () => {
    const store = new SessionStore({ ...limits, sweepMs: 10_000 });
    store.put('old', 'ns/a', 0);
    store.put('new', 'ns/a', 5000);
    expect(store.state.sessions.size).toBe(2);
    expect(store.get('old', 5000)).toBeUndefined();
  });

  it('keeps sessions when the clock is set back, and forgets them in time', () => {
    const store = new SessionStore(limits);
    store.put('s', 'ns/a', 1_000_000);
    expect(store.get('s', 10)).toBe('ns/a');
    store.put('other', 'ns/b', 10);
    expect(store.get('s', 1010)).toBe('ns/a');
    expect(store.get('s', 1011)).toBeUndefined();
  });

  it('gives up the sessions that were seen longest ago when the budget is used up', () => {
    const store = new SessionStore({ ...limits, maxBytes: 3 * (144 + 2 * 2) });
    store.put('s1', 'ns/a', 1);
    store.put('s2', 'ns/a', 2);
    store.put('s3', 'ns/a', 3);
    store.put('s1', 'ns/a', 4);
    store.put('s4', 'ns/a', 5);
    expect([...store.state.sessions.keys()]).toEqual(['s3', 's1', 's4']);
  });

  it('works on with the state of another, within its own budget', () => {
    const before = new SessionStore(limits);
    for (let i = 0; i < 10; i++) before.put(`s${i}`, 'ns/a', i);
    const after = new SessionStore({ ...limits, maxBytes: 2 * (144 + 2 * 2) }, before.state);
    expect([...after.state.sessions.keys()]).toEqual(['s8', 's9']);
    before.put('sA', 'ns/b', 20);
    expect(after.get('sA', 20)).toBe('ns/b');
  });

  it('never goes over its budget, and counts what it holds', () => {
    const step = fc.record({
      id: fc.string({ maxLength: 40 }),
      endpoint: fc.nat(3),
      wait: fc.integer({ min: -2000, max: 2000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const store = new SessionStore({ ...limits, maxBytes: 2000 });
        let now = 0;
        for (const { id, endpoint, wait } of steps) {
          now += wait;
          store.put(id, `ns/${endpoint}`, now);
          expect(store.get(id, now)).toBe(`ns/${endpoint}`);
          const held = [...store.state.sessions.keys()].reduce((sum, key) => sum + 144 + 2 * key.length, 0);
          expect(store.state.bytes).toBe(held);
          expect(held).toBeLessThanOrEqual(2000);
        }
      }),
    );
  });
});

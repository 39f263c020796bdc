import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { settle, VirtualClock } from './virtual-clock.ts';

test('timers run by their times, then in the order in which they were set, and not when they were cancelled', () => {
  const delays = fc.array(fc.record({ ms: fc.integer({ min: -5, max: 20 }), isCancelled: fc.boolean() }));
  fc.assert(
    fc.property(delays, fc.integer({ min: 0, max: 25 }), (timers, until) => {
      const clock = new VirtualClock(1000);
      const ran: [number, number][] = [];
      timers.forEach(({ ms, isCancelled }, i) => {
        const cancel = clock.schedule(ms, () => ran.push([clock.now() - 1000, i]));
        if (isCancelled) {
          cancel();
          cancel();
        }
      });
      const expected = timers
        .map(({ ms, isCancelled }, i) => ({ at: Math.max(0, ms), i, isCancelled }))
        .filter(({ isCancelled }) => !isCancelled)
        .sort((a, b) => a.at - b.at || a.i - b.i)
        .map(({ at, i }): [number, number] => [at, i]);
      const early = expected.filter(([at]) => at <= until);
      expect(clock.pending).toBe(expected.length);
      expect(clock.runUntil(1000 + until)).toBe(early.length);
      expect([ran, clock.now(), clock.pending]).toEqual([early, 1000 + until, expected.length - early.length]);
      clock.runAll();
      expect([ran, clock.pending, clock.step()]).toEqual([expected, 0, false]);
    }),
  );
});

test('timers run in their order, each with what follows from it', async () => {
  const clock = new VirtualClock(1000);
  const log: string[] = [];
  const at = (name: string) => () => void log.push(`${name} ${clock.now()}`);
  clock.schedule(20, at('late'));
  clock.schedule(10, at('first'));
  clock.schedule(10, at('second'));
  const cancel = clock.schedule(15, at('cancelled'));
  clock.schedule(5, () => {
    clock.schedule(0, at('at once'));
    void Promise.resolve()
      .then(() => Promise.resolve())
      .then(() => void clock.schedule(2, at('after promises')));
  });
  cancel();
  await clock.advance(19);
  expect(log).toEqual(['at once 1005', 'after promises 1007', 'first 1010', 'second 1010']);
  expect(clock.now()).toBe(1019);
  expect(clock.pending).toBe(1);
  await clock.advance(1);
  expect(log.at(-1)).toBe('late 1020');
  expect(clock.pending).toBe(0);
});

test('between two timers, promises bring about what they will', async () => {
  const clock = new VirtualClock();
  const start = clock.now();
  const seen: string[] = [];
  clock.schedule(10, async () => {
    await settle();
    seen.push(`promise at ${clock.now() - start}`);
    clock.schedule(5, () => seen.push(`timer at ${clock.now() - start}`));
  });
  clock.schedule(20, () => seen.push('last'));
  await clock.advance(19);
  expect(seen).toEqual(['promise at 10', 'timer at 15']);
  await clock.advance(1);
  expect([seen.at(-1), clock.now() - start]).toEqual(['last', 20]);
});

test('a server of this process answers before a time-out, however slow the machine is', async () => {
  const server = createServer((_, response) => void response.end('here')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  const clock = new VirtualClock();
  const seen: string[] = [];
  clock.schedule(1000, () => seen.push('too late'));
  const { port } = server.address() as AddressInfo;
  void fetch(`http://127.0.0.1:${port}`).then(async (answer) => seen.push(await answer.text()));
  await clock.advanceUntil(() => seen.length > 0);
  expect(seen).toEqual(['here']);
  await clock.advanceUntil(() => seen.length > 1);
  expect(seen).toEqual(['here', 'too late']);
});

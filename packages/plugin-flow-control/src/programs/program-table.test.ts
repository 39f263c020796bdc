import { VirtualClock } from '@pointsman/testkit/harness';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quietObserver } from '../../test/quiet-observer.ts';
import { programParams } from './program-params.ts';
import { ProgramTable } from './program-table.ts';

function rig(params: Parameters<typeof programParams.parse>[0] = {}) {
  const clock = new VirtualClock();
  const table = new ProgramTable(clock, quietObserver, programParams.parse(params));
  return { clock, table, service: (id: string) => table.serviceOf(id, clock.now()) };
}

const tokens = (promptTokens: number, outputTokens = 0) => ({ promptTokens, outputTokens });

describe('what a program has got', () => {
  it('are its tokens, those of the output twice', () => {
    const { service, table } = rig();
    expect(service('a')).toBe(0);
    table.served('a', tokens(100, 7));
    table.served('a', tokens(1));
    expect([service('a'), service('b')]).toEqual([115, 0]);
  });

  it('counts half after the half-life', async () => {
    const { clock, service, table } = rig();
    table.served('a', tokens(100));
    await clock.advance(60_000);
    expect(service('a')).toBeCloseTo(50, 9);
    table.served('a', tokens(50));
    await clock.advance(60_000);
    expect(service('a')).toBeCloseTo(50, 9);
  });

  it('counts for ever with a half-life of 0', async () => {
    const { clock, service, table } = rig({ lasHalfLifeSeconds: 0 });
    table.served('a', tokens(100));
    await clock.advance(1e9);
    expect(service('a')).toBe(100);
  });
});

describe('programs of which nothing runs', () => {
  it('are forgotten after their time, at a sweep', async () => {
    const { clock, service, table } = rig({ lasHalfLifeSeconds: 0, evictionTtlSeconds: 10, evictionSweepSeconds: 60 });
    const release = table.placed('runs', 0);
    table.placed('ended', 0)();
    table.served('ended', tokens(5));
    await clock.advance(59_999);
    table.placed('other', 0)();
    expect(service('ended')).toBe(5);
    await clock.advance(1);
    table.placed('other', 0)();
    expect([service('ended'), table.size]).toEqual([0, 2]);
    release();
    await clock.advance(60_000);
    table.placed('other', 0);
    expect(table.size).toBe(1);
  });

  it('are kept for ever with a time of 0, but for the oldest beyond 10,000', async () => {
    const { clock, service, table } = rig({ lasHalfLifeSeconds: 0, evictionTtlSeconds: 0 });
    const release = table.placed('p0', 0);
    for (let i = 0; i < 10_000; i++) table.served(`p${i}`, tokens(i + 1));
    await clock.advance(1e8);
    table.placed('new', 0);
    expect([service('p0'), service('p1'), service('p2'), table.size]).toEqual([1, 0, 3, 10_000]);
    release();
  });
});

it('tells how alike waits are, as the sums over all programs do', () => {
  const step = fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), ms: fc.nat(5000) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { table } = rig();
      const waits = new Map<string, number[]>();
      for (const { id, ms } of steps) {
        table.placed(id, ms + 0.7)();
        waits.set(id, [...(waits.get(id) ?? []), ms]);
      }
      const means = [...waits.values()].map((each) => each.reduce((sum, ms) => sum + ms, 0) / each.length);
      const sum = means.reduce((all, mean) => all + mean, 0);
      const squares = means.reduce((all, mean) => all + mean * mean, 0);
      const expected = means.length < 2 || squares === 0 ? 1 : sum ** 2 / (means.length * squares);
      expect(table.fairness).toBeCloseTo(expected, 6);
    }),
  );
});

it('counts a wait once, however many places a request has had', () => {
  const { table } = rig();
  table.placed('a', 100);
  table.placed('b', 300);
  const before = table.fairness;
  table.placed('b', undefined);
  expect(table.fairness).toBe(before);
  expect(before).toBeCloseTo(400 ** 2 / (2 * (100 ** 2 + 300 ** 2)), 12);
});

import { VirtualClock } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { quietObserver } from '../../test/quiet-observer.ts';
import type { FlowObserver } from '../flow-observer.ts';
import { Evictor } from './evictor.ts';

const ignore = () => {};

function rig(graceMs = 100) {
  const clock = new VirtualClock();
  const log: string[] = [];
  const observer: FlowObserver = {
    ...quietObserver,
    evicted: (demand) => log.push(`for ${demand}`),
    reclaiming: (target, pending) => log.push(`${target.toFixed(3)} ${pending.toFixed(3)}`),
  };
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const evictor = new Evictor({ clock, observer, log: { debug: ignore, info: ignore, warn, error: ignore } });
  evictor.configure({ graceMs });
  const given: string[] = [];
  /** A request that runs. */
  const run = (name: string, priority: number, evict = () => true) => {
    const release = evictor.placed(priority, {
      evict: () => {
        if (!evict()) return false;
        given.push(name);
        release?.();
        return true;
      },
    });
    return release;
  };
  return { clock, evictor, given, log, run, warnings };
}

describe('how many are given up', () => {
  it.each([
    { saturation: 1, ceiling: 1, running: 20, evicted: 1, why: 'exactly full' },
    { saturation: 1.1, ceiling: 1, running: 20, evicted: 2, why: 'a target of more than one mean request' },
    { saturation: 1.05, ceiling: 1, running: 20, evicted: 1, why: 'a target of less than one' },
    { saturation: 9, ceiling: 1, running: 20, evicted: 2, why: 'two at most' },
    { saturation: 0.9, ceiling: 0.9, running: 20, evicted: 1, why: 'the ceiling of the band' },
    { saturation: 0.99, ceiling: 1, running: 20, evicted: 0, why: 'there is room' },
    { saturation: 1, ceiling: 0, running: 20, evicted: 0, why: 'the band is closed whatever goes' },
  ])('$evicted: $why', ({ evicted, why: _, ...demand }) => {
    const { evictor, given, run } = rig();
    for (let i = 0; i < demand.running; i++) run(`r${i}`, -1);
    evictor.makeRoomFor({ priority: 0, ...demand });
    expect(given).toHaveLength(evicted);
  });
});

const full = { priority: 0, saturation: 9, ceiling: 1, running: 2 };

describe('who is given up', () => {
  it('the least important first, of equal ones who came last', () => {
    const { evictor, given, run } = rig();
    for (const [name, priority] of [
      ['a', -1],
      ['b', -3],
      ['c', -3],
      ['d', -2],
      ['e', 0],
      ['f', 5],
    ] as const) {
      run(name, priority);
    }
    evictor.makeRoomFor(full);
    expect(given).toEqual(['c', 'b']);
  });

  it('only who is less important than those that wait', () => {
    const { evictor, given, run } = rig();
    run('a', -1);
    run('b', -2);
    run('c', -2);
    evictor.makeRoomFor({ ...full, priority: -2 });
    expect(given).toEqual([]);
    evictor.makeRoomFor({ ...full, priority: -1, saturation: 9 });
    expect(given).toEqual(['c', 'b']);
  });

  it('not who has ended', () => {
    const { evictor, given, run } = rig();
    const release = run('a', -1);
    release?.();
    release?.();
    evictor.makeRoomFor(full);
    expect(given).toEqual([]);
  });

  it('not who cannot be stopped: the next one, and that one when it can', () => {
    const { evictor, given, run } = rig(0);
    let canStop = false;
    run('a', -1);
    run('b', -1, () => canStop);
    evictor.makeRoomFor({ ...full, saturation: 1 });
    expect(given).toEqual(['a']);
    evictor.close();
    canStop = true;
    evictor.makeRoomFor(full);
    expect(given).toEqual(['a', 'b']);
  });

  it('not again who ended while others were given up', () => {
    const { evictor, given, run } = rig(0);
    let tries = 0;
    run('a', -1, () => {
      releaseB?.();
      return true;
    });
    const releaseB = run('b', -1, () => {
      tries++;
      return false;
    });
    evictor.makeRoomFor(full);
    evictor.close();
    evictor.makeRoomFor(full);
    expect([given, tries]).toEqual([['a'], 1]);
  });

  it('nobody while it is off', () => {
    const { evictor, given, run } = rig();
    run('a', -1);
    evictor.configure(undefined);
    expect(run('b', -1)).toBeUndefined();
    evictor.makeRoomFor(full);
    expect(given).toEqual([]);
  });
});

it('waits until it can be seen what has been given up', async () => {
  const { clock, evictor, given, log, run } = rig(100);
  for (let i = 0; i < 5; i++) run(`r${i}`, -1);
  const demand = { priority: 7, saturation: 1.25, ceiling: 1, running: 5 };
  evictor.makeRoomFor(demand);
  await clock.advance(99);
  evictor.makeRoomFor(demand);
  expect(given).toEqual(['r4']);
  await clock.advance(1);
  evictor.makeRoomFor(demand);
  expect(given).toEqual(['r4', 'r3']);
  expect(log).toEqual(['for 7', '0.250 0.250', '0.000 0.000', 'for 7', '0.250 0.250']);
  evictor.close();
  expect(clock.pending).toBe(0);
});

it('takes nobody for stopped who is not, and everybody who is, whatever goes wrong', () => {
  const { clock, evictor, given, run, warnings } = rig();
  run('a', -1, () => false);
  evictor.makeRoomFor(full);
  // Nobody was given up, so there is nothing to wait for.
  expect([given, clock.pending]).toEqual([[], 0]);
  run('b', -1, () => {
    throw new Error('no connection');
  });
  evictor.makeRoomFor(full);
  expect(clock.pending).toBe(1);
  expect(warnings).toEqual([expect.stringContaining('no connection')]);
});

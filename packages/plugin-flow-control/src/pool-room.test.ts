import { describe, expect, it } from 'vitest';
import { PoolRoom } from './pool-room.ts';

let time = 0;
const clock = { now: () => time, schedule: () => () => {} };

/** Lets requests in at one time, as many as it may; each gets its place at once. */
function letInAt(room: PoolRoom, now: number, ceiling = 1): number {
  time = now;
  let count = 0;
  for (; count < 1000 && room.isTime(); count++) {
    room.look();
    if (!room.hasOneBelow(ceiling)) break;
    const settled = room.letIn();
    room.placed();
    settled();
  }
  return count;
}

describe('room in a pool', () => {
  it('is used up at once where the detector counts what is placed', () => {
    let running = 0;
    const room = new PoolRoom(() => running / 10, clock);
    const give = room.placed.bind(room);
    room.placed = () => {
      running++;
      return give();
    };
    expect(letInAt(room, 0)).toBe(10);
  });

  it('is given out at a pace where the detector sees it later only', () => {
    const room = new PoolRoom(() => 0, clock);
    // The first tells that the detector sees nothing.
    expect(letInAt(room, 0)).toBe(1);
    expect(letInAt(room, 0.5)).toBe(0);
    for (let ms = 1; ms < 50; ms++) expect(letInAt(room, ms)).toBe(1);
  });

  it('is taken to shrink by what was let in since the detector said something new', () => {
    let said = 0;
    const room = new PoolRoom(() => said, clock);
    const releases = Array.from({ length: 8 }, () => room.placed());
    said = 0.8;
    room.look();
    // Each takes a tenth: ten fill the pool.
    expect([0, 1, 2, 3].map((ms) => letInAt(room, ms))).toEqual([1, 1, 0, 0]);
    said = 0.6;
    // Ten take 0.6: with the 17th it is full.
    expect(Array.from({ length: 9 }, (_, i) => letInAt(room, 4 + i))).toEqual([1, 1, 1, 1, 1, 1, 1, 0, 0]);
    // What ends makes room, although the detector does not know yet.
    for (const release of releases.slice(0, 2)) release();
    expect([20, 21, 22].map((ms) => letInAt(room, ms))).toEqual([1, 1, 0]);
    // After a second with the same answer it has seen all of them.
    expect([1003, 1005].map((ms) => letInAt(room, ms))).toEqual([0, 1]);
  });

  it('is none from the ceiling on, whoever has left', () => {
    const room = new PoolRoom(() => 0.5, clock);
    room.look();
    expect(room.hasOneBelow(0.5)).toBe(false);
    expect(room.hasOneBelow(0.6)).toBe(true);
  });

  it('is held by whoever is on the way to a place, one at a time until it is known how much that is', () => {
    let running = 0;
    const room = new PoolRoom(() => running / 4, clock);
    room.look();
    const first = room.letIn();
    expect(room.hasOneBelow(1)).toBe(false);
    room.placed();
    running = 1;
    first();
    for (const onTheWay of [true, true, true, false]) {
      expect(room.hasOneBelow(1)).toBe(onTheWay);
      room.letIn();
    }
  });

  it('does not wait for what blind detectors never tell', () => {
    const room = new PoolRoom(() => 0, clock);
    letInAt(room, 0);
    room.letIn();
    expect(room.hasOneBelow(1)).toBe(true);
  });
});

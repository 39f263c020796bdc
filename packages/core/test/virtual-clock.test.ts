import { expect, it } from 'vitest';
import { VirtualClock } from './virtual-clock.ts';

it('a virtual clock runs timers in their order, each with what follows from it', async () => {
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

import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const ROUNDS = 31;
const WARM_UP_ROUNDS = 10;

/**
 * Runs the contestants in turns, so that what else the machine does hits all of them alike.
 * @returns median microseconds for one time, by contestant
 */
export function inTurns(runs: readonly (() => void)[], times: number): readonly number[] {
  const samples = runs.map((): number[] => []);
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    for (const [i, run] of runs.entries()) {
      const before = performance.now();
      for (let time = 0; time < times; time++) run();
      if (round >= 0) samples[i]!.push(((performance.now() - before) * 1000) / times);
    }
  }
  return samples.map((values) => values.sort((a, b) => a - b)[values.length >> 1]!);
}

/** Bytes that what `make` returns holds on to, on the heap and beside it. */
export function retainedBytes(make: () => unknown): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const before = process.memoryUsage();
  const made = make();
  collect();
  const after = process.memoryUsage();
  if (made === undefined) throw new Error('nothing was made');
  return after.heapUsed - before.heapUsed + (after.arrayBuffers - before.arrayBuffers);
}

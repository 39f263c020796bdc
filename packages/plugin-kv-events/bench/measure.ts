import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const ROUNDS = 31;
const WARM_UP_ROUNDS = 10;

/** @returns median microseconds for one time */
export function microseconds(run: () => void, times: number): number {
  const samples: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    const before = performance.now();
    for (let time = 0; time < times; time++) run();
    if (round >= 0) samples.push(((performance.now() - before) * 1000) / times);
  }
  return samples.sort((a, b) => a - b)[ROUNDS >> 1]!;
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

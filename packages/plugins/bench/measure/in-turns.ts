import { performance } from 'node:perf_hooks';

const WARM_UP_ROUNDS = 15;
const ROUNDS = 41;

/**
 * Runs the contestants in turns, so that what else the machine does hits all of them alike.
 * @param runs each does its work `times` times
 * @returns median nanoseconds for one time, by contestant
 */
export async function inTurns(runs: readonly (() => Promise<void>)[], times: number): Promise<readonly number[]> {
  const samples = runs.map((): number[] => []);
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    for (const [i, run] of runs.entries()) {
      const before = performance.now();
      await run();
      const elapsedMs = performance.now() - before;
      if (round >= 0) samples[i]!.push((elapsedMs * 1e6) / times);
    }
  }
  return samples.map((values) => values.sort((a, b) => a - b)[values.length >> 1]!);
}

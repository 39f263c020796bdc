const TIMES = 200;
const ROUNDS = 101;

/**
 * Bytes that one time of `run` allocates on the heap: the median of rounds during which nothing was collected.
 * Collections are not forced, because they make V8 forget what it has optimised.
 */
export async function allocatedBytes(run: (times: number) => Promise<void>): Promise<number> {
  const samples: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.memoryUsage().heapUsed;
    await run(TIMES);
    const grown = process.memoryUsage().heapUsed - before;
    if (grown > 0) samples.push(grown / TIMES);
  }
  return samples.sort((a, b) => a - b)[samples.length >> 1] ?? Number.NaN;
}

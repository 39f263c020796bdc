import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/harness/virtual-clock.ts';
import { createSimEngine, type EngineOptions, type Sequence, type SimClock, type Speed } from '../../src/sim/index.ts';

const SPEED: Speed = {
  latencyCalculator: '',
  timeToFirstTokenMs: 0,
  timeToFirstTokenStdDevMs: 0,
  interTokenLatencyMs: 7,
  interTokenLatencyStdDevMs: 2,
  prefillOverheadMs: 3,
  prefillTimePerTokenMs: 0.5,
  prefillTimeStdDevMs: 2,
  kvCacheTransferLatencyMs: 4,
  kvCacheTransferLatencyStdDevMs: 0,
  kvCacheTransferTimePerTokenMs: 0,
  kvCacheTransferTimeStdDevMs: 0,
  timeFactorUnderLoad: 1.5,
};

interface Arrival {
  readonly afterMs: number;
  /** Prompts with the same family share their first tokens. */
  readonly family: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly adapter: string | undefined;
  readonly threshold: number | undefined;
  /** Cancelled so long after its submission. */
  readonly cancelAfterMs: number | undefined;
}

const arrival: fc.Arbitrary<Arrival> = fc.record({
  afterMs: fc.integer({ min: 0, max: 60 }),
  family: fc.nat(2),
  promptTokens: fc.integer({ min: 0, max: 40 }),
  outputTokens: fc.integer({ min: 0, max: 30 }),
  adapter: fc.constantFrom(undefined, undefined, 'a', 'b'),
  threshold: fc.constantFrom(undefined, undefined, undefined, 0.5),
  cancelAfterMs: fc.option(fc.integer({ min: 0, max: 300 }), { nil: undefined, freq: 3 }),
});

const options: fc.Arbitrary<EngineOptions> = fc
  .record({
    maxNumSeqs: fc.integer({ min: 1, max: 5 }),
    spareBudget: fc.integer({ min: 0, max: 20 }),
    maxWaitingQueueLength: fc.integer({ min: 0, max: 8 }),
    maxLoras: fc.integer({ min: 1, max: 2 }),
    // Small, so that blocks run out.
    kvCache: fc.option(
      fc.record({ blockSize: fc.constantFrom(1, 4, 8), blockCount: fc.integer({ min: 10, max: 24 }) }),
      { nil: undefined, freq: 5 },
    ),
    timeToFirstTokenMs: fc.constantFrom(0, 0, 20),
    seed: fc.nat(),
  })
  .map(({ spareBudget, timeToFirstTokenMs, ...rest }) => ({
    ...rest,
    maxNumBatchedTokens: rest.maxNumSeqs + spareBudget,
    speed: { ...SPEED, timeToFirstTokenMs },
  }));

interface Fate {
  readonly arrival: Arrival;
  sequence: Sequence | undefined;
  refused: string | undefined;
  startedOrder: number | undefined;
  cachedTokens: number;
  tokens: number;
  ended: string | undefined;
  isCancelled: boolean;
}

describe('the engine, under any load', () => {
  it('ends every sequence, keeps its budget, and gives every block back', () => {
    fc.assert(
      fc.property(options, fc.array(arrival, { maxLength: 40 }), (engineOptions, arrivals) => {
        const { fates, stats, clock, mostTimers } = play(engineOptions, arrivals);
        for (const fate of fates) {
          if (fate.refused !== undefined || fate.isCancelled) continue;
          expect(fate.ended).toBeDefined();
          expect(fate.tokens).toBe(fate.ended === 'finished' ? fate.arrival.outputTokens : 0);
          expect(fate.cachedTokens).toBeLessThanOrEqual(fate.arrival.promptTokens);
        }
        expect(stats).toMatchObject({ running: 0, waiting: 0, kvUsage: 0, stepTokens: 0, runningAdapters: [] });
        expect(stats.freeBlocks).toBe(engineOptions.kvCache?.blockCount ?? 0);
        expect(clock.pending).toBe(0);
        expect(mostTimers).toBeLessThanOrEqual(1);
      }),
      { numRuns: 300 },
    );
  });

  it('admits in the order of arrival', () => {
    fc.assert(
      fc.property(options, fc.array(arrival, { maxLength: 40 }), (engineOptions, arrivals) => {
        // Adapters may be overtaken while they wait for a slot.
        const { fates } = play(
          engineOptions,
          arrivals.map((each) => ({ ...each, adapter: undefined })),
        );
        const order = fates.flatMap(({ startedOrder }) => (startedOrder === undefined ? [] : [startedOrder]));
        expect(order).toEqual(order.toSorted((a, b) => a - b));
      }),
    );
  });

  it('does the same again with the same seed', () => {
    fc.assert(
      fc.property(options, fc.array(arrival, { maxLength: 25 }), (engineOptions, arrivals) => {
        expect(play(engineOptions, arrivals).log).toEqual(play(engineOptions, arrivals).log);
      }),
      { numRuns: 50 },
    );
  });
});

function play(engineOptions: EngineOptions, arrivals: readonly Arrival[]) {
  const clock = new VirtualClock(0);
  const timers = { waiting: 0, most: 0 };
  const engine = createSimEngine(engineOptions, counted(clock, timers));
  const log: string[] = [];
  const fates: Fate[] = [];
  let started = 0;
  const watch = () => {
    const { stepTokens, running, waiting, kvUsage } = engine.stats();
    expect(stepTokens).toBeLessThanOrEqual(engineOptions.maxNumBatchedTokens);
    expect(running).toBeLessThanOrEqual(engineOptions.maxNumSeqs);
    expect(kvUsage).toBeLessThanOrEqual(1);
    expect(engine.stats().runningAdapters.length).toBeLessThanOrEqual(engineOptions.maxLoras);
    return waiting;
  };
  for (const each of arrivals) {
    clock.runUntil(clock.now() + each.afterMs);
    const fate: Fate = {
      arrival: each,
      sequence: undefined,
      refused: undefined,
      startedOrder: undefined,
      cachedTokens: 0,
      tokens: 0,
      ended: undefined,
      isCancelled: false,
    };
    fates.push(fate);
    const outcome = engine.submit({
      prompt: Uint32Array.from({ length: each.promptTokens }, (_, i) => each.family * 1000 + i),
      outputTokens: each.outputTokens,
      adapter: each.adapter,
      cacheHitThreshold: each.threshold,
      listener: {
        started: (cachedTokens, atMs) => {
          fate.startedOrder = started++;
          fate.cachedTokens = cachedTokens;
          log.push(`${fates.indexOf(fate)} started ${atMs} ${cachedTokens}`);
        },
        token: (index, atMs) => {
          expect(fate.isCancelled).toBe(false);
          expect(index).toBe(fate.tokens);
          fate.tokens++;
          watch();
          log.push(`${fates.indexOf(fate)} token ${index} ${atMs}`);
        },
        ended: (why, atMs) => {
          expect(fate.isCancelled).toBe(false);
          expect(fate.ended).toBeUndefined();
          fate.ended = why;
          log.push(`${fates.indexOf(fate)} ${why} ${atMs}`);
        },
      },
    });
    if (typeof outcome === 'string') {
      fate.refused = outcome;
      if (outcome === 'queue-full') expect(watch()).toBeGreaterThanOrEqual(engineOptions.maxWaitingQueueLength);
      continue;
    }
    watch();
    if (each.cancelAfterMs !== undefined) {
      clock.schedule(each.cancelAfterMs, () => {
        fate.isCancelled = fate.ended === undefined;
        outcome.cancel();
        // Twice does no harm.
        outcome.cancel();
      });
    }
  }
  clock.runAll();
  return { fates, log, stats: engine.stats(), clock, mostTimers: timers.most };
}

/** The same clock; counts the timers that wait on it through here. */
function counted(clock: VirtualClock, timers: { waiting: number; most: number }): SimClock {
  return {
    now: () => clock.now(),
    schedule(delayMs, fn) {
      timers.most = Math.max(timers.most, ++timers.waiting);
      const cancel = clock.schedule(delayMs, () => {
        timers.waiting--;
        fn();
      });
      return () => {
        timers.waiting--;
        cancel();
      };
    },
  };
}

import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/harness/virtual-clock.ts';
import { createSimEngine, type EngineOptions, type Sequence, simOptions } from '../../src/sim/index.ts';
import { engineOptions } from '../../src/sim/server/engine-options.ts';

const PER_TOKEN = engineOptions(
  simOptions.parse({ prefillOverhead: 10, prefillTimePerToken: 1, interTokenLatency: 5, maxNumSeqs: 8 }),
);

function start(changes: Partial<EngineOptions> = {}) {
  const clock = new VirtualClock(0);
  const engine = createSimEngine({ ...PER_TOKEN, ...changes }, clock);
  const submit = (promptTokens: number, outputTokens: number, adapter?: string, firstToken = 0) => {
    const times: number[] = [];
    const state = { times, cached: -1, ended: Number.NaN, sequence: undefined as Sequence | undefined };
    const outcome = engine.submit({
      prompt: Uint32Array.from({ length: promptTokens }, (_, i) => firstToken + i),
      outputTokens,
      adapter,
      listener: {
        started: (cached) => {
          state.cached = cached;
        },
        token: (_, atMs) => {
          times.push(atMs);
        },
        ended: (_, atMs) => {
          state.ended = atMs;
        },
      },
    });
    if (typeof outcome === 'string') throw new Error(outcome);
    state.sequence = outcome;
    return state;
  };
  return { clock, engine, submit };
}

describe('prefill', () => {
  it('takes the same time in one step or in many', () => {
    for (const maxNumBatchedTokens of [8, 33, 2048]) {
      const { clock, submit } = start({ maxNumBatchedTokens });
      const one = submit(100, 2);
      clock.runAll();
      expect(one.times).toEqual([110, 115]);
    }
  });

  it('is shared by prompts that come at the same time', () => {
    const { clock, submit } = start();
    const first = submit(100, 1);
    const second = submit(50, 1);
    const third = submit(50, 1);
    clock.runAll();
    // The first one was alone when its step began; the others have one step for both.
    expect([first, second, third].map(({ ended }) => ended)).toEqual([110, 220, 220]);
  });

  it('leaves the budget to sequences that generate', () => {
    const { clock, engine, submit } = start({ maxNumBatchedTokens: 8 });
    submit(1, 100);
    clock.runUntil(12);
    submit(20, 1);
    expect(engine.stats().stepTokens).toBe(8);
    clock.runAll();
  });

  it('goes on when a prompt is cancelled in the middle of its step', () => {
    const { clock, submit } = start();
    const first = submit(100, 1);
    const second = submit(10, 1);
    clock.runUntil(50);
    first.sequence!.cancel();
    clock.runAll();
    expect(first.times).toEqual([]);
    expect(second.ended).toBe(130);
  });
});

describe('memory', () => {
  const kvCache = { blockSize: 4, blockCount: 10 };

  it('puts the last sequence back when blocks run out, and it ends all the same', () => {
    const { clock, engine, submit } = start({ kvCache });
    const first = submit(16, 20, undefined, 0);
    const second = submit(16, 20, undefined, 100);
    clock.runAll();
    expect(engine.stats().preemptions).toBeGreaterThan(0);
    expect(first.times).toHaveLength(20);
    expect(second.times).toHaveLength(20);
    expect(first.ended).toBeLessThan(second.ended);
    expect(engine.stats()).toMatchObject({ kvUsage: 0, freeBlocks: 10 });
  });

  it('lets a prompt wait until there is room', () => {
    const { clock, engine, submit } = start({ kvCache });
    const first = submit(36, 4, undefined, 0);
    const second = submit(20, 1, undefined, 100);
    expect(engine.stats()).toMatchObject({ running: 1, waiting: 1, kvUsage: 0.9 });
    clock.runAll();
    expect(second.times[0]).toBeGreaterThan(first.ended);
  });

  it('refuses a prompt that never fits', () => {
    expect(() => start({ kvCache }).submit(41, 1)).toThrow('kv-cache-too-small');
  });

  it('finds the prompt of a sequence that still runs, and of one that ended', () => {
    const { clock, submit } = start({ kvCache });
    submit(16, 3);
    const second = submit(18, 3);
    expect(second.cached).toBe(16);
    clock.runAll();
    expect(submit(20, 1).cached).toBe(16);
  });

  it('does not find what was cancelled before it was computed', () => {
    const { clock, submit } = start({ kvCache });
    submit(16, 3).sequence!.cancel();
    expect(submit(16, 3).cached).toBe(0);
    clock.runAll();
  });
});

describe('adapters', () => {
  it('wait for a slot while others pass', () => {
    const { clock, engine, submit } = start({ maxLoras: 1 });
    const first = submit(10, 10, 'a');
    const second = submit(10, 1, 'b');
    const third = submit(10, 1);
    expect(engine.stats()).toMatchObject({ runningAdapters: ['a'], waitingAdapters: ['b'], running: 2, waiting: 1 });
    clock.runAll();
    expect(third.ended).toBeLessThan(first.ended);
    expect(second.ended).toBeGreaterThan(first.ended);
  });
});

describe('virtual time', () => {
  it('runs half an hour of traffic with one timer a step', () => {
    const { clock, engine, submit } = start({
      maxNumSeqs: 32,
      maxNumBatchedTokens: 512,
      kvCache: { blockSize: 16, blockCount: 500 },
    });
    const states = [];
    let timers = 0;
    for (let second = 0; second < 1800; second++) {
      timers += clock.runUntil(second * 1000);
      // Ten conversations that come back.
      states.push(submit(200, 20, undefined, (second % 10) * 10_000));
    }
    timers += clock.runAll();
    expect(clock.now()).toBeGreaterThan(1_790_000);
    expect(states.every(({ times }) => times.length === 20)).toBe(true);
    expect(engine.stats().prefixHits).toBeGreaterThan(0.9 * engine.stats().prefixQueries * (192 / 200));
    expect(timers).toBeLessThanOrEqual(1800 * 21);
  });
});

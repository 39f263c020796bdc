import { runningRequestsSize, waitingQueueSize } from '@pointsman/core';
import { describe, expect, it } from 'vitest';
import { endpointSpeedProducer } from '../src/index.ts';
import { createStage, endpoint, finish, type Stage } from './stage.ts';

const SIZES = [200, 1000, 4000, 500, 2000, 800];

/** Teaches an endpoint: 20 ms and so many milliseconds a token. */
async function teach(stage: Stage, on: string, msPerToken: number, tpotMs = 10, rounds = 4): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const tokens of SIZES) await stage.serve({ on, tokens }, 20 + tokens * msPerToken, tpotMs);
  }
}

describe('what it learns', () => {
  it('is the speed of prefill and decode of each endpoint', async () => {
    await using stage = createStage();
    await teach(stage, 'a', 0.1, 8);
    await teach(stage, 'b', 0.8, 40);
    const [a, b] = [stage.speedOf('a')!, stage.speedOf('b')!];
    expect(a.prefillFixedMs + 1000 * a.prefillMsPerToken).toBeCloseTo(120, -1);
    expect(b.prefillFixedMs + 1000 * b.prefillMsPerToken).toBeCloseTo(820, -1);
    expect([a.decodeFixedMs + a.decodeMsPerRunning, b.decodeFixedMs + b.decodeMsPerRunning]).toEqual([
      expect.closeTo(8, 3),
      expect.closeTo(40, 3),
    ]);
    expect([a.prefillSamples, a.decodeSamples, b.prefillSamples]).toEqual([24, 24, 24]);
    const expected = await stage.expected('b', 3000);
    expect(expected.ttftMs).toBeGreaterThan(2300);
    expect(expected.ttftMs).toBeLessThan(2500);
    expect(stage.outputTokens).toBeCloseTo(33, 6);
    expect(stage.faults).toEqual([]);
  });

  it('counts only tokens that were not cached, as expected or as the model server says', async () => {
    await using stage = createStage();
    for (const tokens of [...SIZES, ...SIZES]) {
      // The index knows nothing, but the model server had half of it.
      const call = await stage.place({ on: 'a', tokens });
      stage.clock.ms += 20 + tokens / 2;
      call.firstToken();
      stage.clock.ms += 320;
      finish(call, 2 * tokens, 33, tokens);
    }
    expect((await stage.expected('a', 2000)).ttftMs).toBeCloseTo(2020, -2);
    expect((await stage.expected('a', 2000, { a: 1500 })).ttftMs).toBeCloseTo(520, -2);
  });

  it('uses what the model server reports when nobody counted before', async () => {
    await using stage = createStage();
    for (const tokens of [...SIZES, ...SIZES]) {
      const call = await stage.place({ on: 'a' });
      stage.clock.ms += 20 + tokens / 10;
      call.firstToken();
      stage.clock.ms += 320;
      finish(call, tokens, 33);
    }
    const mean = SIZES.reduce((sum, tokens) => sum + tokens, 0) / SIZES.length;
    // A request of unknown size counts as a usual one.
    expect(Math.abs((await stage.expected('a')).ttftMs / (20 + mean / 10) - 1)).toBeLessThan(0.1);
  });

  it('is how much slower tokens come the more requests run', async () => {
    await using stage = createStage();
    for (let round = 0; round < 6; round++) {
      for (const together of [1, 4, 16]) {
        const calls = [];
        for (let i = 0; i < together; i++) calls.push(await stage.place({ on: 'a', tokens: 100 }));
        stage.clock.ms += 30;
        for (const call of calls) call.firstToken();
        stage.clock.ms += 100 * (10 + 2 * together);
        for (const call of calls) finish(call, 100, 101);
      }
    }
    const { decodeFixedMs, decodeMsPerRunning } = stage.speedOf('a')!;
    expect(decodeFixedMs + 16 * decodeMsPerRunning).toBeCloseTo(42, -0.5);
    expect(decodeFixedMs + decodeMsPerRunning).toBeCloseTo(12, -0.5);
    stage.scheduler.pools.get('default')!.setData('a', runningRequestsSize, 15);
    expect((await stage.expected('a', 100)).tpotMs).toBeCloseTo(42, -0.5);
  });
});

describe('what it does not take for slowness', () => {
  it('is waiting for other prompts of this scheduler', async () => {
    await using stage = createStage();
    for (let round = 0; round < 10; round++) {
      const calls = [];
      for (const tokens of SIZES) calls.push(await stage.place({ on: 'a', tokens }));
      for (const [i, call] of calls.entries()) {
        stage.clock.ms += 20 + SIZES[i]! * 0.1;
        call.firstToken();
      }
      stage.clock.ms += 500;
      for (const [i, call] of calls.entries()) finish(call, SIZES[i]!, 33);
    }
    expect((await stage.expected('a', 1000)).ttftMs).toBeCloseTo(120, -1.5);
  });

  it('is waiting for a place to run', async () => {
    await using stage = createStage();
    for (const tokens of [...SIZES, ...SIZES]) await stage.serve({ on: 'a', tokens }, 20 + tokens * 0.1, 10, 1001);
    const before = stage.speedOf('a')!;
    // Four requests run for ten seconds each: one ends every 2.5 seconds.
    stage.scheduler.pools.get('default')!.setData('a', runningRequestsSize, 4);
    stage.scheduler.pools.get('default')!.setData('a', waitingQueueSize, 2);
    expect((await stage.expected('a', 1000)).ttftMs).toBeCloseTo(5120, -1.5);
    for (const tokens of SIZES) await stage.serve({ on: 'a', tokens }, 5000 + 20 + tokens * 0.1, 10, 1001);
    const after = stage.speedOf('a')!;
    expect([after.prefillMsPerToken, after.prefillSamples]).toEqual([before.prefillMsPerToken, before.prefillSamples]);
    expect(after.decodeSamples).toBe(before.decodeSamples + SIZES.length);
  });

  it.each([
    ['aborted', { status: 'aborted' }],
    ['failed', { status: 'error' }],
    ['answered with an error', { httpStatus: 503 }],
    ['cut off by the end of the scheduler', { status: 'shutdown' }],
  ] as const)('is a request that was %s', async (_, outcome) => {
    await using stage = createStage();
    await teach(stage, 'a', 0.1);
    const before = stage.speedOf('a');
    for (let i = 0; i < 20; i++) {
      const call = await stage.place({ on: 'a', tokens: 1000 });
      stage.clock.ms += 60_000;
      if (i % 2 === 0) call.firstToken();
      stage.clock.ms += 60_000;
      call.complete({ promptTokens: 1000, outputTokens: 10 });
      call.end(outcome);
    }
    expect(stage.speedOf('a')).toEqual(before);
    expect((await stage.expected('a', 1000)).load).toBe(0);
  });

  it('is what the engine did for a prompt that was given up', async () => {
    await using stage = createStage();
    await teach(stage, 'a', 0.1);
    const { prefillSamples } = stage.speedOf('a')!;
    for (let i = 0; i < 5; i++) {
      const given = await stage.place({ on: 'a', tokens: 90_000 });
      const kept = await stage.place({ on: 'a', tokens: 100 });
      stage.clock.ms += 8000;
      given.end({ status: 'aborted' });
      stage.clock.ms += 30;
      kept.firstToken();
      stage.clock.ms += 320;
      finish(kept, 100, 33);
    }
    expect(stage.speedOf('a')!.prefillSamples).toBe(prefillSamples);
  });

  it('is an answer that was not streamed, or has one token', async () => {
    await using stage = createStage();
    for (let i = 0; i < 5; i++) {
      const call = await stage.place({ on: 'a', tokens: 100, input: { stream: false } });
      expect((await stage.expected('a', 100)).load).toBe(1);
      stage.clock.ms += 4000;
      finish(call, 100, 100);
    }
    expect(stage.speedOf('a')).toBeUndefined();
    await stage.serve({ on: 'a', tokens: 100 }, 50, 10, 1);
    expect(stage.speedOf('a')).toMatchObject({ prefillSamples: 1, decodeSamples: 0 });
    expect((await stage.expected('a', 100)).load).toBe(0);
  });

  it('is what a few tokens say, compared with many', async () => {
    await using stage = createStage();
    for (let i = 0; i < 40; i++) {
      await stage.serve({ on: 'a', tokens: 100 }, 50, 10, 200);
      await stage.serve({ on: 'a', tokens: 100 }, 50, 19, 2);
    }
    expect((await stage.expected('a', 100)).tpotMs).toBeLessThan(11);
  });

  it('is one outlier in ten', async () => {
    await using stage = createStage();
    for (let i = 0; i < 100; i++) {
      const tokens = SIZES[i % SIZES.length]!;
      await stage.serve({ on: 'a', tokens }, (20 + tokens * 0.1) * (i % 10 === 9 ? 100 : 1));
    }
    const { ttftMs } = await stage.expected('a', 1000);
    expect(ttftMs).toBeGreaterThan(100);
    expect(ttftMs).toBeLessThan(150);
  });
});

describe('an endpoint that changes', () => {
  it.each([0.02, 2])('is known again after a few requests: %d ms a token in place of 0.2', async (msPerToken) => {
    await using stage = createStage();
    await teach(stage, 'a', 0.2);
    await teach(stage, 'a', msPerToken, 10, 1);
    const { ttftMs } = await stage.expected('a', 4000);
    expect(Math.abs(ttftMs / (20 + 4000 * msPerToken) - 1)).toBeLessThan(0.3);
  });

  it('is known again after one request when it was silent for long', async () => {
    await using stage = createStage();
    await teach(stage, 'a', 0.8, 40);
    stage.clock.ms += 31_000;
    await stage.serve({ on: 'a', tokens: 1000 }, 82, 4);
    const { ttftMs, tpotMs } = await stage.expected('a', 1000);
    expect(ttftMs).toBeLessThan(120);
    expect(tpotMs).toBeLessThan(6);
  });

  it('is not known once another one is in its place', async () => {
    await using stage = createStage();
    await teach(stage, 'a', 0.1);
    const late = await stage.place({ on: 'a', tokens: 1000 });
    const promised = await stage.place({ on: 'a', tokens: 1000 });
    stage.clock.ms += 70;
    late.firstToken();
    stage.setEndpoints([endpoint('b')]);
    stage.setEndpoints([endpoint('b'), endpoint('c')]);
    expect(
      stage.scheduler.pools
        .get('default')!
        .endpoints()
        .map(({ id, row }) => [id, row]),
    ).toEqual([
      ['b', 1],
      ['c', 0],
    ]);
    // What is still under way on the old one must not reach its successor.
    promised.firstToken();
    stage.clock.ms += 320;
    finish(late, 1000, 33);
    finish(promised, 1000, 33);
    expect(stage.speedOf('c')).toBeUndefined();
    expect((await stage.expected('c', 1000)).load).toBe(0);
    expect((await stage.expected('c', 1000)).ttftMs).toBeNaN();
    expect(stage.faults).toEqual([]);
  });

  it('is not known when it comes back with another address', async () => {
    await using stage = createStage();
    await teach(stage, 'a', 0.1);
    stage.setEndpoints([endpoint('a', {}, 'elsewhere'), endpoint('b')]);
    expect(stage.speedOf('a')).toBeUndefined();
    stage.setEndpoints([endpoint('a', { zone: 'z' }, 'elsewhere'), endpoint('b')]);
    await teach(stage, 'a', 0.3, 10, 1);
    stage.setEndpoints([endpoint('a', { zone: 'y' }, 'elsewhere'), endpoint('b')]);
    // New labels make no other server.
    expect(stage.speedOf('a')).toMatchObject({ prefillSamples: 6 });
  });

  it('follows more endpoints than there were', async () => {
    await using stage = createStage();
    await teach(stage, 'a', 0.1);
    stage.setEndpoints(Array.from({ length: 40 }, (_, i) => endpoint(i === 0 ? 'a' : `e${i}`)));
    await teach(stage, 'e39', 0.4);
    expect((await stage.expected('e39', 1000)).ttftMs).toBeCloseTo(420, -1.5);
    expect((await stage.expected('a', 1000)).ttftMs).toBeCloseTo(120, -1);
  });
});

describe('an endpoint that nothing is known of', () => {
  it('is expected to be like most, or like those with the same hardware', async () => {
    const producer = endpointSpeedProducer({ hardwareLabel: 'gpu' });
    const endpoints = [
      endpoint('a', { gpu: 'big' }),
      endpoint('b', { gpu: 'small' }),
      endpoint('c', { gpu: 'small' }),
      endpoint('big', { gpu: 'big' }),
      endpoint('small', { gpu: 'small' }),
      endpoint('odd', { gpu: 'other' }),
      endpoint('bare'),
    ];
    await using stage = createStage({ producer, endpoints });
    expect((await stage.expected('a', 1000)).ttftMs).toBeNaN();
    await teach(stage, 'a', 0.1, 10);
    expect((await stage.expected('small', 1000)).ttftMs).toBeCloseTo(120, -1);
    await teach(stage, 'b', 0.5, 30);
    await teach(stage, 'c', 0.7, 50);
    const ttft = async (id: string) => (await stage.expected(id, 1000)).ttftMs;
    expect(await ttft('big')).toBeCloseTo(120, -1);
    expect(await ttft('small')).toBeCloseTo(620, -1.5);
    expect(await ttft('odd')).toBeCloseTo(520, -1.5);
    expect(await ttft('bare')).toBe(await ttft('odd'));
    expect((await stage.expected('small', 1000)).tpotMs).toBeCloseTo(40, 3);
  });
});

describe('bad times and numbers', () => {
  it('survives a clock that goes backwards', async () => {
    await using stage = createStage();
    await teach(stage, 'a', 0.1);
    for (const jump of [-3_600_000, 7_200_000, -10]) {
      const call = await stage.place({ on: 'a', tokens: 1000 });
      stage.clock.ms += jump;
      call.firstToken();
      stage.clock.ms += jump;
      finish(call, 1000, 33);
    }
    await teach(stage, 'a', 0.1, 10, 2);
    expect((await stage.expected('a', 1000)).ttftMs).toBeCloseTo(120, -1.5);
    expect(stage.faults).toEqual([]);
  });

  it.each([
    [0, 0],
    [Number.NaN, Number.NaN],
    [Infinity, Infinity],
    [-5, -5],
    [1e300, 1e300],
  ])('survives %d prompt tokens and %d output tokens', async (promptTokens, outputTokens) => {
    await using stage = createStage();
    for (let i = 0; i < 10; i++) {
      const call = await stage.place({ on: 'a', tokens: promptTokens });
      stage.clock.ms += 50;
      call.firstToken();
      call.tokens(outputTokens);
      stage.clock.ms += 50;
      call.complete({ promptTokens, outputTokens, cachedTokens: promptTokens });
      call.end({ usage: { promptTokens, outputTokens, cachedTokens: promptTokens } });
    }
    await teach(stage, 'a', 0.1);
    const { ttftMs, tpotMs } = await stage.expected('a', 1000);
    expect(ttftMs).toBeCloseTo(120, -1.5);
    expect(tpotMs).toBeCloseTo(10, 0);
    expect(stage.faults).toEqual([]);
  });
});

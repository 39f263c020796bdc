import {
  createScheduler,
  definePicker,
  defineProfileHandler,
  inFlightLoad,
  type Metrics,
  runningRequestsSize,
  usePlugin,
  waitingQueueSize,
} from '@pointsman/core';
import { describe, expect, it } from 'vitest';
import { endpointSpeed, endpointSpeedProducer } from '../src/index.ts';
import { createStage, endpoint, finish, SetClock } from './stage.ts';

describe('what is under way', () => {
  it('adds to what the next request may expect, until it is done', async () => {
    await using stage = createStage();
    for (let i = 0; i < 10; i++) await stage.serve({ on: 'a', tokens: 1000 }, 100);
    const idle = (await stage.expected('a', 1000)).ttftMs;
    const call = await stage.place({ on: 'a', tokens: 4000 });
    const behind = await stage.expected('a', 1000);
    expect(behind.ttftMs).toBeCloseTo(idle + 400, 0);
    expect(behind.load).toBe(1);
    stage.clock.ms += 300;
    expect((await stage.expected('a', 1000)).ttftMs).toBeCloseTo(idle + 100, 0);
    call.firstToken();
    expect((await stage.expected('a', 1000)).ttftMs).toBeCloseTo(idle, 6);
    call.end();
    expect((await stage.expected('a', 1000)).load).toBe(0);
  });

  it('is counted with what the model server and others say, whichever is more', async () => {
    await using stage = createStage();
    const pool = stage.scheduler.pools.get('default')!;
    pool.setData('a', waitingQueueSize, 3);
    pool.setData('a', runningRequestsSize, 4);
    pool.setData('b', inFlightLoad(), { requests: 9, tokens: 5 });
    expect([(await stage.expected('a')).load, (await stage.expected('b')).load]).toEqual([7, 9]);
    pool.setData('a', waitingQueueSize, Number.NaN);
    pool.setData('a', runningRequestsSize, -5);
    expect((await stage.expected('a')).load).toBe(0);
  });

  it('moves with a call to its fallback, whose time counts from then on', async () => {
    await using stage = createStage();
    for (let i = 0; i < 5; i++) {
      const call = await stage.place({ on: 'a', tokens: 1000 });
      stage.clock.ms += 10_000;
      expect(call.next('connect refused')?.id).toBe('b');
      expect((await stage.expected('a', 1000)).load).toBe(0);
      expect((await stage.expected('b', 1000)).load).toBe(1);
      stage.clock.ms += 100;
      call.firstToken();
      stage.clock.ms += 320;
      finish(call, 1000, 33);
    }
    expect(stage.speedOf('a')).toBeUndefined();
    expect((await stage.expected('b', 1000)).ttftMs).toBeCloseTo(100, 0);
  });

  it('is nothing for a decision that is only asked for', async () => {
    await using stage = createStage();
    await stage.place({ on: 'a', tokens: 1000, dryRun: true });
    expect((await stage.expected('a', 1000)).load).toBe(0);
    expect(stage.scheduler.pools.get('default')!.inspect()['endpoint-speed-producer']).toMatchObject({
      callsUnderWay: 0,
    });
  });
});

it('knows after a change of configuration what it knew before, and calls under way teach on', async () => {
  await using stage = createStage();
  for (let i = 0; i < 5; i++) await stage.serve({ on: 'a', tokens: 1000 }, 100);
  const call = await stage.place({ on: 'a', tokens: 1000 });
  stage.reload(endpointSpeedProducer({ memoryRequests: 10 }));
  const waiting = await stage.expected('a', 1000);
  expect(waiting.load).toBe(1);
  expect(waiting.ttftMs).toBeCloseTo(200, 0);
  stage.clock.ms += 100;
  call.firstToken();
  stage.clock.ms += 320;
  finish(call, 1000, 33);
  expect(stage.speedOf('a')).toMatchObject({ prefillSamples: 6, decodeSamples: 6 });
  expect((await stage.expected('a', 1000)).load).toBe(0);
  // What another version handed over is not taken.
  const { definition, params, name } = endpointSpeedProducer();
  const strange = usePlugin(
    { ...definition, create: (context) => definition.create({ ...context, inherited: { format: 'x' } }) },
    params,
    name,
  );
  stage.reload(strange);
  expect((await stage.expected('a', 1000)).ttftMs).toBeNaN();
  expect(stage.faults).toEqual([]);
});

it('shows what it has learned, in milliseconds', async () => {
  await using stage = createStage();
  for (const tokens of [1000, 2000, 3000, 4000]) await stage.serve({ on: 'a', tokens }, tokens / 10, 12);
  await stage.place({ on: 'b', tokens: 1000 });
  const shown = stage.scheduler.pools.get('default')!.inspect()['endpoint-speed-producer'];
  expect(shown).toEqual({
    callsUnderWay: 1,
    usualOutputTokens: 33,
    endpoints: [
      {
        id: 'a',
        prefillFixedMs: 0,
        prefillMsPer1000Tokens: 100,
        prefillSamples: 4,
        decodeFixedMs: 12,
        decodeMsPerRunning: 0,
        decodeSamples: 4,
        promptsUnderWay: 0,
        running: 0,
      },
      {
        id: 'b',
        prefillFixedMs: null,
        prefillMsPer1000Tokens: null,
        prefillSamples: 0,
        decodeFixedMs: null,
        decodeMsPerRunning: null,
        decodeSamples: 0,
        promptsUnderWay: 1,
        running: 0,
      },
    ],
  });
});

it('keeps as much for a million requests as for one', async () => {
  await using stage = createStage();
  const size = () => JSON.stringify(stage.scheduler.pools.get('default')!.inspect()).length;
  for (let i = 0; i < 20; i++) await stage.serve({ on: 'a', tokens: 1000 }, 100);
  const before = size();
  for (let i = 0; i < 200; i++) {
    const call = await stage.place({ on: 'a', tokens: 1000 });
    if (i % 3 === 0) call.firstToken();
    call.end({ status: i % 2 === 0 ? 'aborted' : 'error' });
  }
  expect(size()).toBe(before);
  expect(stage.scheduler.pools.get('default')!.inspect()['endpoint-speed-producer']).toMatchObject({
    callsUnderWay: 0,
  });
});

it('gives the time to the first token to the endpoint that computed the prompt, and the rest to the target', async () => {
  const first = definePicker({
    type: 'by-profile',
    create: () => ({
      pick(_candidates, _totals, cycle, order) {
        order[0] = cycle.profile === 'prefill' ? 1 : 0;
        return 1;
      },
    }),
  });
  const both = defineProfileHandler({
    type: 'both',
    create: () => ({
      handle: (_cycle, run) => ({ primary: run('decode')!, companions: { prefill: run('prefill')! } }),
    }),
  });
  const clock = new SetClock();
  await using scheduler = createScheduler({
    endpoints: [endpoint('decoder'), endpoint('prefiller')],
    plugins: [endpointSpeedProducer()],
    profiles: { decode: { picker: first() }, prefill: { picker: first().as('second') } },
    profileHandler: both(),
    clock,
  });
  for (let i = 0; i < 4; i++) {
    const call = await scheduler.schedule({ stream: true });
    expect([call.decision.target.id, call.decision.companions['prefill']?.id]).toEqual(['decoder', 'prefiller']);
    clock.ms += 200;
    call.firstToken();
    clock.ms += 320;
    finish(call, 1000, 33);
  }
  const pool = scheduler.pools.get('default')!;
  const [decoder, prefiller] = pool.endpoints().map((each) => pool.dataOf(each)[endpointSpeed().id]);
  expect(decoder).toMatchObject({ prefillSamples: 0, decodeSamples: 4 });
  expect(prefiller).toMatchObject({ prefillSamples: 4, decodeSamples: 0 });
});

it('reports what it learns, and how well it expected', async () => {
  const values: Record<string, [number, Readonly<Record<string, string>> | undefined][]> = {};
  const note =
    (name: string) =>
    (value = 1, labels?: Readonly<Record<string, string>>) => {
      values[name] = [...(values[name] ?? []), [value, labels]];
    };
  const metrics: Metrics = {
    counter: ({ name }) => ({ add: note(name) }),
    gauge: ({ name }) => ({ set: note(name) }),
    histogram: ({ name }) => ({ observe: note(name) }),
  };
  await using stage = createStage({ metrics });
  for (const ttftMs of [100, 100, 100, 100, 1000]) await stage.serve({ on: 'a', tokens: 1000 }, ttftMs);
  const labels = { pool: 'default', producer: 'endpoint-speed-producer' };
  expect(values['pointsman_endpoint_prefill_ms']?.[3]).toEqual([expect.closeTo(100, 6), { ...labels, endpoint: 'a' }]);
  expect(values['pointsman_endpoint_decode_ms']?.at(-1)).toEqual([expect.closeTo(10, 6), { ...labels, endpoint: 'a' }]);
  const lessons = values['pointsman_endpoint_speed_samples_total']?.filter(([, of]) => of?.['of'] === 'prefill');
  expect(lessons?.map(([, of]) => of?.['lesson'])).toEqual(['learned', 'learned', 'learned', 'learned', 'outlier']);
  expect(values['pointsman_expected_ttft_ratio']?.map(([ratio]) => ratio)).toEqual([
    expect.closeTo(1, 6),
    expect.closeTo(10, 6),
  ]);
  stage.setEndpoints([endpoint('b')]);
  expect(values['pointsman_endpoint_prefill_ms']?.at(-1)).toEqual([0, { ...labels, endpoint: 'a' }]);
});

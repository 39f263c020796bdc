import { type Call, runningRequestsSize, waitingQueueSize } from '@pointsman/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { endpointSpeedProducer, expectedLatencyScorer } from '../src/index.ts';
import { createStage, endpoint, finish } from './stage.ts';

const IDS = ['a', 'b', 'c'];
const which = fc.nat(1000);
const odd = fc.oneof(fc.integer({ min: -5, max: 5000 }), fc.double(), fc.constantFrom(Number.NaN, Infinity, -1, 1e300));

const step = fc.oneof(
  fc.record({
    do: fc.constant('place' as const),
    on: which,
    tokens: fc.option(odd, { nil: undefined }),
    stream: fc.boolean(),
  }),
  fc.record({ do: fc.constant('first-token' as const), call: which }),
  fc.record({ do: fc.constant('tokens' as const), call: which, count: odd }),
  fc.record({
    do: fc.constant('finish' as const),
    call: which,
    prompt: odd,
    output: odd,
    cached: fc.option(odd, { nil: undefined }),
  }),
  fc.record({
    do: fc.constant('fail' as const),
    call: which,
    status: fc.constantFrom('aborted' as const, 'error' as const),
  }),
  fc.record({ do: fc.constant('next' as const), call: which }),
  fc.record({
    do: fc.constant('time' as const),
    ms: fc.oneof(fc.nat(3000), fc.integer({ min: -100_000, max: 100_000 })),
  }),
  fc.record({
    do: fc.constant('endpoints' as const),
    are: fc.subarray(IDS, { minLength: 1 }),
    address: fc.constantFrom('x', 'y'),
  }),
  fc.record({ do: fc.constant('reported' as const), on: which, value: odd }),
  fc.record({ do: fc.constant('reload' as const), memoryRequests: fc.integer({ min: 4, max: 50 }) }),
);

it('stands any course of requests, endpoints and time, and has nothing under way when all is over', async () => {
  const law = fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
    await using stage = createStage({
      endpoints: IDS.map((id) => endpoint(id)),
      scorers: [expectedLatencyScorer({ exploration: 0.5 })],
    });
    const pool = stage.scheduler.pools.get('default')!;
    const open: Call[] = [];
    const pick = (index: number): Call | undefined => open[index % Math.max(1, open.length)];
    const close = (call: Call | undefined): void => {
      if (call !== undefined) open.splice(open.indexOf(call), 1);
    };
    for (const each of steps) {
      if (each.do === 'place') {
        const ids = pool.endpoints().map(({ id }) => id);
        const { tokens, stream } = each;
        open.push(await stage.place({ on: ids[each.on % ids.length]!, tokens, input: { stream } }));
      } else if (each.do === 'first-token') pick(each.call)?.firstToken();
      else if (each.do === 'tokens') pick(each.call)?.tokens(each.count);
      else if (each.do === 'finish') {
        const call = pick(each.call);
        if (call !== undefined) finish(call, each.prompt, each.output, each.cached);
        close(call);
      } else if (each.do === 'fail') {
        const call = pick(each.call);
        call?.end({ status: each.status });
        close(call);
      } else if (each.do === 'next') {
        const call = pick(each.call);
        if (call?.next('connect refused') === undefined) {
          call?.end({ status: 'error' });
          close(call);
        }
      } else if (each.do === 'time') stage.clock.ms += each.ms;
      else if (each.do === 'endpoints')
        stage.setEndpoints(each.are.map((id) => endpoint(id, {}, `${id}-${each.address}`)));
      else if (each.do === 'reported') {
        pool.setData(IDS[each.on % IDS.length]!, waitingQueueSize, each.value);
        pool.setData(IDS[(each.on + 1) % IDS.length]!, runningRequestsSize, each.value);
      } else stage.reload(endpointSpeedProducer({ memoryRequests: each.memoryRequests }));
    }
    for (const call of open) call.end();
    for (const { id } of pool.endpoints()) {
      pool.setData(id, waitingQueueSize, 0);
      pool.setData(id, runningRequestsSize, 0);
    }
    for (const { id } of pool.endpoints()) {
      const { ttftMs, tpotMs, load } = await stage.expected(id, 1000);
      for (const ms of [ttftMs, tpotMs]) expect(Number.isNaN(ms) || (ms >= 0 && ms <= 1e9)).toBe(true);
      expect(load).toBe(0);
    }
    expect(pool.inspect()['endpoint-speed-producer']).toMatchObject({ callsUnderWay: 0 });
    expect(stage.faults).toEqual([]);
  });
  await fc.assert(law, { numRuns: 150 });
});

it('pays no attention to the order of endpoints', async () => {
  const traffic = fc.array(
    fc.record({ on: fc.constantFrom(...IDS), tokens: fc.nat(5000), ms: fc.integer({ min: 1, max: 900 }) }),
  );
  const law = fc.asyncProperty(traffic, fc.shuffledSubarray(IDS, { minLength: 3 }), async (requests, order) => {
    const seen = [];
    for (const ids of [IDS, order]) {
      await using stage = createStage({ endpoints: ids.map((id) => endpoint(id)) });
      for (const { on, tokens, ms } of requests) await stage.serve({ on, tokens }, ms);
      const expected = [];
      for (const id of IDS) expected.push(await stage.expected(id, 700));
      seen.push(expected);
    }
    expect(seen[1]).toEqual(seen[0]);
  });
  await fc.assert(law, { numRuns: 40 });
});

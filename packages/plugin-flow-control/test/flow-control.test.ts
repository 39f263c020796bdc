import { definePlugin, requestValue } from '@pointsman/core';
import { describe, expect, it } from 'vitest';
import { SamplePool, type SamplePoolOptions } from './sample-pool.ts';

const body = (bytes: number) => ({ payload: { body: new Uint8Array(bytes) } });
const flow = (id: string) => ({ headers: { 'x-llm-d-inference-fairness-id': id } });

/** What `inspect()` shows. */
interface Shown {
  readonly saturation: number;
  readonly requests: number;
  readonly bytes: number;
  readonly bands: readonly { readonly priority: number; readonly requests: number; readonly flows: number }[];
}
const shown = ({ pool }: SamplePool) => pool.inspect()['flow-control'] as unknown as Shown;

describe('letting in', () => {
  it('costs no turn of the event loop while there is room, and waits when there is none', async () => {
    await using pool = new SamplePool({ capacity: 2 });
    for (let i = 0; i < 3; i++) pool.send();
    expect(pool.order).toEqual(['r0', 'r1']);
    await pool.settled();
    expect(pool.states()).toEqual(['running', 'running', 'waiting']);
    pool.end(pool.sent[0]!);
    await pool.settled();
    expect(pool.states()).toEqual(['ended', 'running', 'running']);
    expect(pool.mostRunning).toBe(2);
  });

  it('counts requests on their way to their places: one at a time until it is known what a request takes', async () => {
    await using pool = new SamplePool({ capacity: 5, isSlow: true });
    for (let i = 0; i < 9; i++) pool.send();
    await pool.settled();
    expect(pool.onTheirWay).toBe(1);
    pool.place();
    await pool.settled();
    expect([pool.running, pool.onTheirWay]).toEqual([1, 4]);
    pool.place();
    await pool.settled();
    expect([pool.running, pool.onTheirWay]).toEqual([5, 0]);
    expect(shown(pool).requests).toBe(4);
    for (const sent of pool.sent.slice(0, 5)) pool.end(sent);
    await pool.settled();
    expect([pool.running, pool.onTheirWay]).toEqual([0, 4]);
  });

  it('goes on when the request that is on its way leaves', async () => {
    await using pool = new SamplePool({ isSlow: true });
    const [first] = [pool.send(), pool.send()];
    await pool.settled();
    first.abort();
    await pool.settled();
    expect(pool.onTheirWay).toBe(2);
    pool.place();
    await pool.settled();
    expect(pool.states()).toEqual(['ABORTED', 'running']);
  });

  it('looks again by itself: metrics change without saying so', async () => {
    await using pool = new SamplePool({});
    pool.send();
    pool.send();
    await pool.clock.advance(1000);
    expect(pool.states()).toEqual(['running', 'waiting']);
    pool.capacity = 2;
    await pool.clock.advance(10);
    expect(pool.states()).toEqual(['running', 'running']);
    expect(pool.clock.pending).toBe(0);
  });

  it('gives room out at a pace where the detector does not see at once what is let in', async () => {
    let said = 1;
    await using pool = new SamplePool({ saturation: () => said });
    for (let i = 0; i < 40; i++) pool.send();
    await pool.settled();
    expect(pool.running).toBe(0);
    said = 0;
    await pool.clock.advance(10);
    expect(pool.running).toBe(1);
    await pool.clock.advance(20);
    expect(pool.running).toBe(21);
    said = 1;
    await pool.clock.advance(100);
    expect(pool.running).toBe(21);
  });

  it('passes by requests without a body, and dry runs', async () => {
    await using pool = new SamplePool({});
    pool.send();
    const models = pool.send({ model: '', path: '/v1/models', ...body(0) });
    await pool.settled();
    expect(models.state).toBe('running');
    const { decision } = await pool.scheduler.schedule({ model: 'm' }, { dryRun: true });
    expect(decision.target.address).toBe('10.0.0.1');
  });

  it('goes by the saturation of the whole pool, whatever the subset', async () => {
    await using pool = new SamplePool({ endpoints: 2 });
    const nowhere = pool.send({ subset: [] });
    await pool.settled();
    expect(nowhere.error).toMatchObject({ code: 'NO_ENDPOINTS' });
    // It has left without a place, and the next one may come.
    pool.send();
    await pool.settled();
    expect(pool.sent[1]!.state).toBe('running');
  });
});

describe('who is next', () => {
  async function orderOf(pool: SamplePool): Promise<readonly string[]> {
    for (const sent of pool.sent) {
      await pool.settled();
      if (sent.state === 'waiting') break;
    }
    while (pool.sent.some(({ state }) => state === 'running')) {
      pool.end(pool.sent.find(({ state }) => state === 'running')!);
      await pool.settled();
    }
    return pool.order;
  }

  it('goes by priority, then by who came first', async () => {
    await using pool = new SamplePool({});
    for (const [i, priority] of [0, 0, -1, 5, 0, 5, Number.NaN].entries()) pool.send({ id: `r${i}`, priority });
    expect(await orderOf(pool)).toEqual(['r0', 'r3', 'r5', 'r1', 'r4', 'r6', 'r2']);
  });

  it('takes flows in turns, where the band says so', async () => {
    await using pool = new SamplePool({ params: { defaultBand: { fairness: 'round-robin-fairness-policy' } } });
    pool.send({ id: 'first' });
    for (const id of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) pool.send({ id, ...flow(id[0]!) });
    expect(await orderOf(pool)).toEqual(['first', 'a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  });

  it('knows flows by the older header too, and by the agent that was found out', async () => {
    const agent = requestValue<string>()('agent-identity');
    const finder = definePlugin({
      type: 'finder',
      writes: [agent],
      create: () => ({
        preCall(cycle) {
          const found = cycle.request.headers['agent'];
          if (found !== undefined) cycle.set(agent, found);
        },
      }),
    });
    const params = { defaultBand: { fairness: 'round-robin-fairness-policy' } } as const;
    await using pool = new SamplePool({ params, plugins: [finder()] });
    pool.send({ id: 'first' });
    pool.send({ headers: { 'x-gateway-inference-fairness-id': 'a' } });
    pool.send({ headers: { 'x-llm-d-inference-fairness-id': 'a', agent: 'b' } });
    pool.send({ headers: { agent: 'c' } });
    pool.send({});
    pool.send({ headers: { 'x-llm-d-inference-fairness-id': '' } });
    await pool.settled();
    expect(shown(pool).bands).toMatchObject([{ priority: 0, requests: 5, flows: 3 }]);
  });

  it('goes by when first tokens are due, where the band says so', async () => {
    await using pool = new SamplePool({ params: { defaultBand: { ordering: 'slo-deadline-ordering-policy' } } });
    pool.send({ id: 'first' });
    const wishes = { late: '5000', soon: '100', none: undefined, odd: 'abc', negative: '-5', older: '300' };
    for (const [id, wish] of Object.entries(wishes)) {
      const header = id === 'older' ? 'x-slo-ttft-ms' : 'x-llm-d-slo-ttft-ms';
      pool.send({ id, headers: { [header]: wish } });
    }
    expect(await orderOf(pool)).toEqual(['first', 'soon', 'older', 'late', 'none', 'odd', 'negative']);
  });

  it('holds lower bands back, and whoever is below them', async () => {
    const usageLimit = { type: 'priority-holdback-policy', params: { minCeiling: 0.5 } } as const;
    await using pool = new SamplePool({ capacity: 10, params: { usageLimit, priorities: [10, -10] } });
    for (let i = 0; i < 8; i++) pool.send({ id: `low${i}`, priority: -10 });
    await pool.settled();
    expect(pool.running).toBe(5);
    for (let i = 0; i < 8; i++) pool.send({ id: `usual${i}` });
    await pool.settled();
    expect(pool.running).toBe(8);
    for (let i = 0; i < 8; i++) pool.send({ id: `high${i}`, priority: 10 });
    await pool.settled();
    expect(pool.running).toBe(10);
  });
});

describe('who is turned away', () => {
  const limits: Readonly<Record<string, NonNullable<SamplePoolOptions['params']>>> = {
    'requests of all': { maxRequests: 1 },
    'requests of the band': { defaultBand: { maxRequests: 1 } },
    'requests of a band that is named': { bands: [{ priority: 0, maxRequests: 1 }] },
    'bytes of all': { maxBytes: 15 },
    'bytes of the band': { defaultBand: { maxBytes: 15 } },
  };
  it.each(Object.entries(limits))('whoever comes when there is no room to wait in: %s', async (_, params) => {
    await using pool = new SamplePool({ params });
    for (let i = 0; i < 3; i++) pool.send(body(10));
    await pool.settled();
    expect(pool.states()).toEqual(['running', 'waiting', 'rejected-saturated']);
    expect(pool.sent[2]!.error).toMatchObject({
      code: 'REJECTED',
      httpStatus: 429,
      message: 'request rejected pre-queue: queue at capacity',
    });
    expect(shown(pool)).toMatchObject({ requests: 1, bytes: 10 });
  });

  it('has other limits for priorities below 0, where it is told so', async () => {
    await using pool = new SamplePool({ params: { negativeBand: { maxRequests: 1 } } });
    for (const priority of [0, -1, -1, -2, 0, 0]) pool.send({ priority });
    await pool.settled();
    expect(pool.states()).toEqual(['running', 'waiting', 'rejected-saturated', 'waiting', 'waiting', 'waiting']);
  });

  it('takes the length that the request names, where nobody has read its body', async () => {
    await using pool = new SamplePool({ params: { maxBytes: 15 } });
    for (const length of ['10', 'x', '-1', '10', '5']) pool.send({ headers: { 'content-length': length } });
    await pool.settled();
    expect(pool.states()).toEqual(['running', 'waiting', 'waiting', 'waiting', 'waiting']);
    expect(shown(pool).bytes).toBe(15);
  });

  it('whoever has waited long enough', async () => {
    await using pool = new SamplePool({ params: { requestTtlMs: 500 } });
    pool.send();
    pool.send();
    await pool.clock.advance(100);
    pool.send();
    await pool.clock.advance(399);
    expect(pool.states()).toEqual(['running', 'waiting', 'waiting']);
    await pool.clock.advance(1);
    expect(pool.states()).toEqual(['running', 'rejected-ttl-expired', 'waiting']);
    expect(pool.sent[1]!.error).toMatchObject({ code: 'REJECTED', httpStatus: 429 });
    await pool.clock.advance(100);
    expect(pool.states()[2]).toBe('rejected-ttl-expired');
  });

  it('whoever waits for endpoints that do not come', async () => {
    await using pool = new SamplePool({ endpoints: 0, params: { noEndpointTtlMs: 500, maxRequests: 1 } });
    pool.send();
    pool.send();
    await pool.clock.advance(499);
    expect(pool.states()).toEqual(['waiting', 'rejected-no-endpoints']);
    await pool.clock.advance(1);
    expect(pool.states()[0]).toBe('rejected-no-endpoints');
    expect(pool.sent.map(({ error }) => error?.httpStatus)).toEqual([503, 503]);
  });

  it('nobody, where there is no limit', async () => {
    await using pool = new SamplePool({ params: { requestTtlMs: 0 } });
    pool.send();
    pool.send();
    await pool.clock.advance(70_000);
    expect(pool.states()).toEqual(['running', 'waiting']);
  });

  it('whoever has an endless time: timers do not run over', async () => {
    await using pool = new SamplePool({ params: { requestTtlMs: 1e15 } });
    pool.send();
    pool.send();
    await pool.clock.advance(50);
    expect(pool.states()).toEqual(['running', 'waiting']);
  });
});

describe('endpoints that come and go', () => {
  it('let in who waited for them', async () => {
    await using pool = new SamplePool({ endpoints: 0 });
    pool.send();
    await pool.clock.advance(1000);
    expect(pool.states()).toEqual(['waiting']);
    pool.setEndpoints(1);
    await pool.clock.advance(0);
    expect(pool.states()).toEqual(['running']);
  });

  it('begin the time anew: each kind of waiting has its own', async () => {
    const params = { noEndpointTtlMs: 300_000, requestTtlMs: 60_000 };
    await using pool = new SamplePool({ endpoints: 0, capacity: 0.1, params });
    pool.running = 1;
    pool.send();
    await pool.clock.advance(200_000);
    pool.setEndpoints(1);
    await pool.clock.advance(59_999);
    expect(pool.states()).toEqual(['waiting']);
    await pool.clock.advance(1);
    expect(pool.states()).toEqual(['rejected-ttl-expired']);
  });

  it('but nobody waits for longer than the longer time and two seconds', async () => {
    await using pool = new SamplePool({ endpoints: 0, params: { requestTtlMs: 60_000 } });
    pool.running = 1;
    pool.send();
    await pool.clock.advance(59_000);
    pool.setEndpoints(1);
    await pool.clock.advance(2999);
    expect(pool.states()).toEqual(['waiting']);
    await pool.clock.advance(1);
    expect(pool.states()).toEqual(['rejected-ttl-expired']);
  });

  it('that only move count for nothing', async () => {
    await using pool = new SamplePool({ params: { requestTtlMs: 1000, noEndpointTtlMs: 1000 } });
    pool.send();
    pool.send();
    await pool.clock.advance(900);
    pool.setEndpoints(0);
    pool.setEndpoints(1);
    await pool.clock.advance(100);
    expect(pool.states()).toEqual(['running', 'rejected-ttl-expired']);
  });
});

describe('leaving', () => {
  it('makes room at once', async () => {
    await using pool = new SamplePool({ params: { maxRequests: 1 } });
    pool.send();
    const left = pool.send();
    await pool.settled();
    left.abort();
    await pool.settled();
    pool.send();
    await pool.settled();
    expect(pool.states()).toEqual(['running', 'ABORTED', 'waiting']);
  });

  it('is what everybody does when the pool closes, and no timer stays', async () => {
    const pool = new SamplePool({});
    pool.send();
    pool.send();
    await pool.settled();
    await pool.scheduler.close();
    await pool.settled();
    expect(pool.sent[1]!.error).toMatchObject({ code: 'CLOSED' });
    expect(pool.clock.pending).toBe(0);
  });
});

it('remembers nothing of flows and priorities that are gone', async () => {
  await using pool = new SamplePool({ params: { defaultBand: { fairness: 'round-robin-fairness-policy' } } });
  pool.send();
  for (let i = 0; i < 2000; i++) pool.send({ priority: i % 500, ...flow(`flow ${i}`) });
  await pool.settled();
  for (const sent of pool.sent) sent.abort();
  await pool.settled();
  pool.send({ priority: 1000 });
  const { bands, requests } = shown(pool);
  expect(requests).toBe(0);
  expect(bands.length).toBeLessThan(110);
  expect(bands.every((band) => band.flows === 0)).toBe(true);
});

import { definePlugin } from '@pointsman/core';
import { describe, expect, it } from 'vitest';
import { SamplePool } from './sample-pool.ts';

const flow = (id: string) => ({ headers: { 'x-llm-d-inference-fairness-id': id } });

/** Ends what runs, one after the other, until nobody waits. */
async function finish(pool: SamplePool): Promise<readonly string[]> {
  for (;;) {
    const running = pool.sent.find(({ state }) => state === 'running');
    if (running === undefined) return pool.order;
    pool.end(running);
    await pool.clock.advance(10);
  }
}

describe('when the configuration changes, what waits', () => {
  it('waits on, and counts for the new limits', async () => {
    await using pool = new SamplePool({ params: { maxRequests: 5 } });
    for (let i = 0; i < 4; i++) pool.send();
    await pool.settled();
    pool.reload({ maxRequests: 3 });
    pool.send();
    await pool.settled();
    expect(pool.states()).toEqual(['running', 'waiting', 'waiting', 'waiting', 'rejected-saturated']);
    pool.end(pool.sent[0]!);
    await pool.settled();
    pool.send();
    await pool.settled();
    expect(pool.states().slice(1)).toEqual(['running', 'waiting', 'waiting', 'rejected-saturated', 'waiting']);
    expect(pool.faults).toEqual([]);
  });

  it('is let in once the new limits of the pool have room, without anything else happening', async () => {
    const usageLimit = (threshold: number) => ({ type: 'static-usage-limit-policy', params: { threshold } }) as const;
    await using pool = new SamplePool({ capacity: 4, params: { usageLimit: usageLimit(0.5) } });
    for (let i = 0; i < 4; i++) pool.send();
    await pool.settled();
    expect(pool.running).toBe(2);
    pool.reload({ usageLimit: usageLimit(0.75) });
    await pool.clock.advance(0);
    expect(pool.running).toBe(3);
  });

  it('goes by the new policies', async () => {
    await using pool = new SamplePool({});
    pool.send({ id: 'first' });
    for (const id of ['a1', 'a2', 'b1']) pool.send({ id, ...flow(id[0]!) });
    await pool.settled();
    pool.reload({ defaultBand: { fairness: 'round-robin-fairness-policy' } });
    pool.send({ id: 'b2', ...flow('b') });
    await pool.settled();
    pool.end(pool.sent[0]!);
    await pool.settled();
    pool.reload({ defaultBand: { ordering: 'slo-deadline-ordering-policy' } });
    pool.send({ id: 'soon', headers: { 'x-llm-d-slo-ttft-ms': '5' } });
    await pool.settled();
    pool.sent.splice(0, 1);
    for (const id of ['a1', 'soon', 'a2', 'b1']) {
      pool.end(pool.sent.find((sent) => sent.id === id)!);
      await pool.settled();
    }
    expect(pool.order).toEqual(['first', 'a1', 'soon', 'a2', 'b1', 'b2']);
  });

  it('keeps the turns of flows', async () => {
    const fairness = 'round-robin-fairness-policy' as const;
    await using pool = new SamplePool({ params: { defaultBand: { fairness } } });
    for (const id of ['a1', 'a2', 'a3', 'b1', 'b2']) pool.send({ id, ...flow(id[0]!) });
    await pool.settled();
    pool.end(pool.sent.shift()!);
    await pool.settled();
    expect(pool.order).toEqual(['a1', 'a2']);
    pool.reload({ maxRequests: 9, defaultBand: { fairness } });
    for (const id of ['a2', 'b1', 'a3']) {
      pool.end(pool.sent.find((sent) => sent.id === id)!);
      await pool.settled();
    }
    expect(pool.order).toEqual(['a1', 'a2', 'b1', 'a3', 'b2']);
  });

  it('keeps the time under which it came, be the new one shorter or longer', async () => {
    await using pool = new SamplePool({ params: { requestTtlMs: 1000 } });
    pool.send();
    pool.send();
    await pool.clock.advance(100);
    pool.reload({ requestTtlMs: 100 });
    pool.send();
    await pool.clock.advance(100);
    expect(pool.states()).toEqual(['running', 'waiting', 'rejected-ttl-expired']);
    pool.reload({ requestTtlMs: 5000 });
    pool.send();
    await pool.clock.advance(800);
    expect(pool.states()[1]).toBe('rejected-ttl-expired');
    await pool.clock.advance(4199);
    expect(pool.states()[3]).toBe('waiting');
    await pool.clock.advance(1);
    expect(pool.states()[3]).toBe('rejected-ttl-expired');
  });

  it('is let in, in its order, when nobody controls the flow any more', async () => {
    await using pool = new SamplePool({ params: { maxRequests: 3 } });
    pool.send();
    for (const priority of [0, 5]) pool.send({ priority });
    await pool.settled();
    expect(pool.states()).toEqual(['running', 'waiting', 'waiting']);
    pool.reloadWithout();
    await pool.settled();
    expect(pool.order).toEqual(['r0', 'r2', 'r1']);
    for (let i = 0; i < 4; i++) pool.send();
    await pool.settled();
    expect(pool.running).toBe(7);
    expect(pool.clock.pending).toBe(0);
    expect(pool.faults).toEqual([]);
  });

  it('is let in as well when it comes to flow control late, after that has gone', async () => {
    const onTheirWay: (() => void)[] = [];
    const late = definePlugin({
      type: 'late',
      create: () => ({ preCall: () => new Promise<void>((resolve) => onTheirWay.push(resolve)) }),
    });
    await using pool = new SamplePool({ params: { maxRequests: 1 }, plugins: [late()] });
    for (let i = 0; i < 3; i++) pool.send();
    await pool.settled();
    pool.reloadWithout();
    for (const resolve of onTheirWay) resolve();
    await pool.settled();
    expect(pool.states()).toEqual(['running', 'running', 'running']);
  });

  it('may still leave', async () => {
    await using pool = new SamplePool({});
    pool.send();
    const left = pool.send();
    await pool.settled();
    pool.reload({ maxRequests: 1 });
    left.abort();
    await pool.settled();
    pool.send();
    await pool.settled();
    expect(pool.states()).toEqual(['running', 'ABORTED', 'waiting']);
  });

  it('waits in a pool without endpoints as well', async () => {
    await using pool = new SamplePool({ endpoints: 0, params: { noEndpointTtlMs: 500 } });
    pool.send();
    await pool.settled();
    pool.reload({ noEndpointTtlMs: 900 });
    pool.send();
    await pool.clock.advance(500);
    expect(pool.states()).toEqual(['rejected-no-endpoints', 'waiting']);
    pool.setEndpoints(1);
    await pool.clock.advance(0);
    expect(pool.states()[1]).toBe('running');
  });

  it('sees nothing of a change that does not come about', async () => {
    await using pool = new SamplePool({ params: { maxRequests: 2 } });
    pool.send();
    pool.send();
    await pool.settled();
    pool.discardedReload({ maxRequests: 1 });
    pool.send();
    await pool.settled();
    expect(pool.states()).toEqual(['running', 'waiting', 'waiting']);
    expect(await finish(pool)).toEqual(['r0', 'r1', 'r2']);
  });
});

it('calls of earlier configurations count for the later ones until they end, and no timer stays', async () => {
  const pool = new SamplePool({ capacity: 3 });
  for (let i = 1; i <= 3; i++) {
    pool.send();
    await pool.settled();
    pool.reload({ maxRequests: i });
  }
  pool.send();
  await pool.settled();
  expect(pool.states()).toEqual(['running', 'running', 'running', 'waiting']);
  pool.end(pool.sent[0]!);
  await pool.settled();
  expect(pool.states()[3]).toBe('running');
  expect(pool.mostRunning).toBe(3);
  pool.send();
  await pool.scheduler.close();
  expect(pool.clock.pending).toBe(0);
  expect(pool.faults).toEqual([]);
});

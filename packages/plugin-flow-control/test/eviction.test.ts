import { describe, expect, it } from 'vitest';
import { SamplePool, type SamplePoolOptions } from './sample-pool.ts';

const batch = { priority: -1 };
const eviction = { graceMs: 10 };

/** A pool in which `capacity` requests of a priority below 0 run. */
async function fullOfBatch(options: SamplePoolOptions & { readonly capacity: number }): Promise<SamplePool> {
  const pool = new SamplePool({ ...options, params: { eviction, ...options.params } });
  for (let i = 0; i < options.capacity; i++) pool.send(batch);
  await pool.settled();
  expect(pool.running).toBe(options.capacity);
  return pool;
}

describe('eviction', () => {
  it('gives a place to who is more important at once, and tells the other why', async () => {
    await using pool = await fullOfBatch({ capacity: 2 });
    pool.send();
    await pool.settled();
    expect(pool.states()).toEqual(['running', 'evicted', 'running']);
    expect(pool.sent[1]!.error).toMatchObject({
      code: 'REJECTED',
      httpStatus: 429,
      reason: 'evicted',
      message: 'request evicted by flow control',
    });
    expect([pool.running, pool.mostRunning]).toEqual([2, 2]);
  });

  it('goes on, one pace after the other, until all that are less important are gone', async () => {
    await using pool = await fullOfBatch({ capacity: 3 });
    for (let i = 0; i < 5; i++) pool.send();
    await pool.settled();
    expect(pool.states().slice(0, 3)).toEqual(['running', 'running', 'evicted']);
    await pool.clock.advance(10);
    expect(pool.states().slice(0, 3)).toEqual(['running', 'evicted', 'evicted']);
    await pool.clock.advance(1000);
    expect(pool.states()).toEqual([...Array(3).fill('evicted'), ...Array(3).fill('running'), 'waiting', 'waiting']);
    expect(pool.mostRunning).toBe(3);
  });

  it('is not for who is as important, nor for who is above 0, nor when it was not asked for', async () => {
    await using equal = await fullOfBatch({ capacity: 1 });
    equal.send(batch);
    await using above = new SamplePool({ params: { eviction } });
    above.send({ priority: 0 });
    above.send({ priority: 9 });
    await using off = new SamplePool({});
    off.send(batch);
    off.send({ priority: 9 });
    for (const pool of [equal, above, off]) {
      await pool.clock.advance(100);
      expect(pool.states()).toEqual(['running', 'waiting']);
    }
  });

  it('leaves alone whom nobody could stop, and what asks for no inference', async () => {
    const isDeaf = (id: string) => id === 'r1';
    await using pool = new SamplePool({ capacity: 3, isDeaf, params: { eviction } });
    pool.send(batch);
    pool.send(batch);
    const models = pool.send({ ...batch, path: '/v1/models', payload: { body: new Uint8Array(0) } });
    await pool.settled();
    pool.send();
    pool.send();
    await pool.clock.advance(1000);
    expect(models.state).toBe('running');
    expect(pool.states()).toEqual(['evicted', 'running', 'running', 'running', 'waiting']);
  });

  it('gives up nobody in a pool without endpoints', async () => {
    await using pool = await fullOfBatch({ capacity: 1 });
    pool.setEndpoints(0);
    pool.send();
    await pool.clock.advance(100);
    expect(pool.states()).toEqual(['running', 'waiting']);
    pool.setEndpoints(1);
    await pool.clock.advance(0);
    expect(pool.states()).toEqual(['evicted', 'running']);
  });

  it('makes no difference between a pool and what its band may use of it', async () => {
    const usageLimit = { type: 'priority-holdback-policy', params: { minCeiling: 0.5 } } as const;
    await using pool = new SamplePool({ capacity: 4, params: { eviction, usageLimit, priorities: [10, -10] } });
    for (let i = 0; i < 2; i++) pool.send({ priority: -10 });
    await pool.settled();
    for (let i = 0; i < 2; i++) pool.send();
    await pool.settled();
    // At three quarters the band 0 has to wait, though the pool has a place.
    expect(pool.states()).toEqual(['running', 'evicted', 'running', 'running']);
  });

  it('survives a change of configuration, and ends with it', async () => {
    await using pool = await fullOfBatch({ capacity: 2 });
    pool.reload({ eviction: { graceMs: 20 } });
    pool.send();
    await pool.settled();
    expect(pool.states()).toEqual(['running', 'evicted', 'running']);
    pool.reload({});
    pool.send();
    await pool.clock.advance(1000);
    expect(pool.states()).toEqual(['running', 'evicted', 'running', 'waiting']);
  });

  it('leaves no timer when the pool closes', async () => {
    const pool = await fullOfBatch({ capacity: 2 });
    pool.send();
    await pool.settled();
    expect(pool.clock.timers).toBe(1);
    await pool.scheduler.close();
    expect(pool.clock.timers).toBe(0);
  });
});

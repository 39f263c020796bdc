import fc from 'fast-check';
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
    expect(pool.clock.pending).toBe(1);
    await pool.scheduler.close();
    expect(pool.clock.pending).toBe(0);
  });
});

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('arrive' as const), priority: fc.integer({ min: -3, max: 2 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('end' as const), at: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abort' as const), at: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reload' as const), graceMs: fc.integer({ min: 1, max: 20 }) }) },
);

it('whatever comes: nobody of priority 0 or above is given up, and in the end nobody less important runs than waits', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40, size: 'max' }), async (steps) => {
      await using pool = new SamplePool({ capacity: 3, params: { eviction, requestTtlMs: 0 } });
      const priorities = new Map<string, number>();
      for (const each of steps) {
        if (each.do === 'arrive') priorities.set(pool.send({ priority: each.priority }).id, each.priority);
        else if (each.do === 'reload') pool.reload({ eviction: { graceMs: each.graceMs }, requestTtlMs: 0 });
        else {
          const among = pool.sent.filter(({ state }) => each.do === 'abort' || state === 'running');
          const sent = among[each.at % Math.max(1, among.length)];
          if (each.do === 'end') sent && pool.end(sent);
          else if (sent?.state === 'waiting') sent.abort();
        }
        await pool.clock.advance(1);
      }
      await pool.clock.advance(200);
      const of = (state: string) =>
        pool.sent.filter((sent) => sent.state === state).map(({ id }) => priorities.get(id)!);
      expect(of('evicted').every((priority) => priority < 0)).toBe(true);
      const mostImportant = Math.max(Number.NEGATIVE_INFINITY, ...of('waiting'));
      expect(of('running').filter((priority) => priority < 0 && priority < mostImportant)).toEqual([]);
      if (of('waiting').length > 0) expect(of('running')).toHaveLength(3);
      expect(pool.running).toBe(of('running').length);
      expect(pool.mostRunning).toBeLessThanOrEqual(3);
      expect(pool.faults).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

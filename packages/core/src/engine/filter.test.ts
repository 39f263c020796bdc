import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filtering, hooking } from '../../test/sample-plugins.ts';
import { graph, samplePool, specs } from '../../test/sample-pool.ts';
import { createScheduler, type Drops, defineFilter, endpointNumber, reject } from '../index.ts';

const not = (name: string, ...ids: readonly string[]) =>
  filtering(name, ({ id }) => (ids.includes(id) ? `${id} is out` : true));

const bulk = (name: string, run: (drops: Drops, length: number) => void) =>
  defineFilter({
    type: name,
    create: () => ({ filterAll: (candidates, _cycle, drops) => run(drops, candidates.length) }),
  })();

/** Ids that reach the scorers, in order. */
const lookout = (seen: string[][]) =>
  hooking('lookout', {
    scoring: (_cycle, { candidates }) =>
      void seen.push(Array.from({ length: candidates.length }, (_, i) => candidates.endpoint(i).id)),
  });

describe('filter', () => {
  it('runs filters in sequence, each on what the one before it left', async () => {
    const asked: string[] = [];
    const asking = (name: string, out: string) =>
      filtering(name, ({ id }) => {
        asked.push(`${name}:${id}`);
        return id === out ? `not ${out}` : true;
      });
    const { scheduler } = await samplePool({ filters: [asking('a', 'e0'), asking('b', 'e2')] });
    const { decision } = await scheduler.schedule({});
    expect(asked).toEqual(['a:e0', 'a:e1', 'a:e2', 'b:e1', 'b:e2']);
    expect(decision.target.id).toBe('e1');
    expect(decision.explain().profiles[0]).toMatchObject({
      considered: ['e0', 'e1', 'e2'],
      filters: [
        { plugin: 'a', kept: 2 },
        { plugin: 'b', kept: 1 },
      ],
      dropped: [
        { endpoint: 'e0', filter: 'a', reason: 'not e0' },
        { endpoint: 'e2', filter: 'b', reason: 'not e2' },
      ],
    });
  });

  it('keeps a subset, in order, whatever is dropped', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.tuple(fc.boolean(), fc.integer(), fc.integer({ min: 1, max: 5 })), { maxLength: 4 }),
        async (count, rules) => {
          const seen: string[][] = [];
          const drops = (salt: number, every: number, id: string) =>
            Math.imul(salt + Number(id.slice(1)), 2654435761) % (every + 1) === 0;
          const filters = rules.map(([inBulk, salt, every], f) =>
            inBulk
              ? defineFilter({
                  type: `f${f}`,
                  create: () => ({
                    filterAll(candidates, _cycle, out) {
                      // From the end: the order of the drops must not matter.
                      for (let i = candidates.length - 1; i >= 0; i--)
                        if (drops(salt, every, candidates.endpoint(i).id)) out.drop(i, 'out');
                    },
                  }),
                })()
              : filtering(`f${f}`, ({ id }) => (drops(salt, every, id) ? 'out' : true)),
          );
          const scheduler = createScheduler({
            ...graph({ filters, plugins: [lookout(seen)] }),
            endpoints: specs(count),
          });
          const kept = specs(count)
            .map(({ id }) => id!)
            .filter((id) => !rules.some(([, salt, every]) => drops(salt, every, id)));
          await scheduler.schedule({}).catch(() => undefined);
          expect(seen).toEqual(kept.length === 0 ? [] : [kept]);
          await scheduler.close();
        },
      ),
      { numRuns: 150 },
    );
  });

  it('answers ALL_FILTERED when nothing is left, names who dropped how many, and asks no further filter', async () => {
    const asked: string[] = [];
    const after = filtering('after', ({ id }) => {
      asked.push(id);
      return true;
    });
    const { scheduler, pool } = await samplePool({ filters: [not('a', 'e0'), not('b', 'e1', 'e2'), after] });
    await expect(scheduler.schedule({})).rejects.toMatchObject({
      code: 'ALL_FILTERED',
      httpStatus: 429,
      reason: 'rejected-saturated',
      message: 'no endpoint is left for the request (profile "default": a dropped 1, b dropped 2)',
    });
    expect(asked).toEqual([]);
    expect(pool.openCalls).toBe(0);
    expect(pool.recent()).toEqual([]);
  });

  it('may turn the request away, which is no fault', async () => {
    const asked: string[] = [];
    const refusing = filtering('refusing', () => reject({ status: 403, reason: 'no-images', message: 'not here' }));
    const after = filtering('after', ({ id }) => {
      asked.push(id);
      return true;
    });
    const { scheduler, pool } = await samplePool({ filters: [not('a', 'e0'), refusing, after] });
    await expect(scheduler.schedule({})).rejects.toMatchObject({
      code: 'REJECTED',
      httpStatus: 403,
      reason: 'no-images',
      message: 'not here',
      drops: [
        { endpoint: 'e0', filter: 'a', reason: 'e0 is out' },
        { endpoint: 'e1', filter: 'refusing', reason: 'not here' },
        { endpoint: 'e2', filter: 'refusing', reason: 'not here' },
      ],
    });
    expect(asked).toEqual([]);
    expect(pool.faultCounts()).toEqual({});
    expect(pool.openCalls).toBe(0);
    expect(pool.recent()).toEqual([]);
  });

  it('leaves a single candidate to the picker', async () => {
    const { scheduler } = await samplePool({ filters: [not('a', 'e0', 'e2')] });
    const { decision } = await scheduler.schedule({});
    expect(decision.target.id).toBe('e1');
    expect(decision.fallbacks).toEqual([]);
    expect(decision.explain().profiles[0]?.margin).toBeNull();
  });
});

describe('a filter that fails drops nothing', () => {
  it.each([
    [
      'throws midway',
      filtering('bad', ({ id }) => {
        if (id === 'e2') throw new Error('no idea');
        return 'away with it';
      }),
      'no idea',
    ],
    [
      'throws after its drops',
      bulk('bad', (drops) => {
        drops.drop(0, 'x');
        throw new Error('no idea');
      }),
      'no idea',
    ],
    [
      'answers false',
      filtering('bad', ({ id }) => (id === 'e0' ? 'dropped' : (false as never))),
      'keep() answered false; it must be true or a reason',
    ],
    [
      'answers nothing',
      filtering('bad', () => undefined as never),
      'keep() answered undefined; it must be true or a reason',
    ],
    [
      'answers with a promise',
      filtering('bad', () => Promise.resolve(true) as never),
      'keep() answered [object Promise]; it must be true or a reason',
    ],
    [
      'drops an index beyond its candidates',
      bulk('bad', (drops, length) => {
        drops.drop(0, 'x');
        drops.drop(length, 'x');
      }),
      'dropped candidate 3 of 3',
    ],
    [
      'drops a negative index',
      bulk('bad', (drops) => {
        drops.drop(0, 'x');
        drops.drop(-1, 'x');
      }),
      'dropped candidate -1 of 3',
    ],
    ['drops what is no index', bulk('bad', (drops) => drops.drop(Number.NaN, 'x')), 'dropped candidate NaN of 3'],
    [
      'reads data that it did not declare',
      filtering('bad', (endpoint) => {
        (endpoint as { get(key: unknown): unknown }).get(endpointNumber('Secret/other'));
        return true;
      }),
      'plugin "bad" reads Secret/other without declaring it',
    ],
  ])('when it %s', async (_, bad, message) => {
    const seen: string[][] = [];
    const { scheduler, pool } = await samplePool({
      filters: [not('before', 'e1'), bad, not('after')],
      plugins: [lookout(seen)],
      endpoints: specs(4),
    });
    const { decision } = await scheduler.schedule({});
    expect(seen).toEqual([['e0', 'e2', 'e3']]);
    const explained = decision.explain();
    expect(explained.faults).toEqual([{ plugin: 'bad', stage: 'filter', message }]);
    expect(explained.profiles[0]?.filters).toEqual([
      { plugin: 'before', kept: 3 },
      { plugin: 'bad', kept: 3 },
      { plugin: 'after', kept: 3 },
    ]);
    expect(pool.faultCounts()).toEqual({ 'filter/bad': 1 });
  });

  it('leaves no trace in the next request', async () => {
    let broken = true;
    const moody = bulk('moody', (drops) => {
      if (!broken) return;
      drops.drop(1, 'x');
      throw new Error('broken');
    });
    const { scheduler } = await samplePool({ filters: [moody], recent: { decisions: 1 } });
    await scheduler.schedule({});
    await scheduler.schedule({});
    broken = false;
    const { decision } = await scheduler.schedule({});
    expect(decision.explain()).toMatchObject({ faults: [], profiles: [{ dropped: [], filters: [{ kept: 3 }] }] });
  });

  it('but dropping a candidate twice is no failure: the last reason counts', async () => {
    const twice = bulk('twice', (drops) => {
      drops.drop(1, 'first reason');
      drops.drop(1, 'second reason');
    });
    const { scheduler } = await samplePool({ filters: [twice] });
    const { decision } = await scheduler.schedule({});
    expect(decision.explain()).toMatchObject({
      faults: [],
      profiles: [{ dropped: [{ endpoint: 'e1', filter: 'twice', reason: 'second reason' }], filters: [{ kept: 2 }] }],
    });
  });
});

describe('a request with a subset', () => {
  it('is placed only there, and its candidates come in that order', async () => {
    const seen: string[][] = [];
    const { scheduler } = await samplePool({ plugins: [lookout(seen)], endpoints: specs(5) });
    const { decision } = await scheduler.schedule({ subset: ['e3', '10.0.0.1:8000', 'unknown', 'e0'] });
    expect(seen).toEqual([['e3', 'e1', 'e0']]);
    expect(decision.explain().profiles[0]?.considered).toEqual(['e3', 'e1', 'e0']);
  });

  it('may name an address for all its ports', async () => {
    const endpoints = [8000, 8001].map((port) => ({ id: `p${port}`, address: '10.0.0.9', port }));
    const { scheduler } = await samplePool({ endpoints: [...specs(2), ...endpoints] });
    const { decision } = await scheduler.schedule({ subset: ['10.0.0.9'] });
    expect(decision.explain().profiles[0]?.considered).toEqual(['p8000', 'p8001']);
  });

  it.each([[[]], [['nobody']]])('is refused when none of it is in the pool: %j', async (subset) => {
    const { scheduler } = await samplePool();
    await expect(scheduler.schedule({ subset })).rejects.toMatchObject({
      code: 'NO_ENDPOINTS',
      httpStatus: 503,
      message: 'no endpoint is in the requested subset',
    });
  });
});

it('a pool without endpoints answers NO_ENDPOINTS', async () => {
  const { scheduler } = await samplePool({ endpoints: [] });
  await expect(scheduler.schedule({})).rejects.toMatchObject({
    code: 'NO_ENDPOINTS',
    reason: 'rejected-no-endpoints',
    message: 'pool "default" has no endpoint',
  });
});

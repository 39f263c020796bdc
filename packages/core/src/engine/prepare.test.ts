import { settle } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { stateOf } from '../../test/promise-state.ts';
import { scoring } from '../../test/sample-plugins.ts';
import { samplePool } from '../../test/sample-pool.ts';
import { candidateNumber, defineFetcher, defineScorer, endpointNumber, type Keys, requestValue } from '../index.ts';

const a = requestValue<string>()('a/first');
const b = candidateNumber('b/second');
const c = requestValue<string>()('c/third');

const step = (name: string, log: string[], reads: Keys, writes: Keys, wait?: () => Promise<void>) =>
  defineFetcher({
    type: name,
    reads: () => reads,
    writes: () => writes,
    create: () => ({
      prepare() {
        log.push(name);
        return wait?.().then(() => void log.push(`${name} done`));
      },
    }),
  })();

describe('prepare', () => {
  it('runs fetchers in the order of their data, whatever the configured order', async () => {
    const log: string[] = [];
    const { scheduler } = await samplePool({
      plugins: [
        step('third', log, [b], [c], settle),
        step('second', log, [a], [b], settle),
        step('first', log, [], [a], settle),
      ],
    });
    await scheduler.schedule({});
    expect(log).toEqual(['first', 'first done', 'second', 'second done', 'third', 'third done']);
  });

  it('runs fetchers that need nothing from each other at the same time', async () => {
    const log: string[] = [];
    const { scheduler } = await samplePool({
      plugins: [step('x', log, [], [a], settle), step('y', log, [], [b], settle), step('z', log, [a], [c])],
    });
    await scheduler.schedule({});
    expect(log.slice(0, 2)).toEqual(['x', 'y']);
    expect(log.at(-1)).toBe('z');
  });

  it('does not order by endpoint data: it is there from before', async () => {
    const p = endpointNumber('p/one');
    const q = endpointNumber('q/two');
    const log: string[] = [];
    const { scheduler } = await samplePool({ plugins: [step('one', log, [q], [p]), step('two', log, [p], [q])] });
    await scheduler.schedule({});
    expect(log).toEqual(['one', 'two']);
  });

  it('decides without any wait when no fetcher waits', async () => {
    const { scheduler, pool } = await samplePool({ plugins: [step('now', [], [], [a])] });
    const placed = scheduler.schedule({});
    expect(pool.openCalls).toBe(1);
    await placed;
  });

  it('offers the endpoints that the request may be placed on', async () => {
    const seen: string[][] = [];
    const fetcher = defineFetcher({
      type: 'looker',
      create: () => ({ prepare: (_c, _s, endpoints) => void seen.push(endpoints.map(({ id }) => id)) }),
    });
    const { scheduler } = await samplePool({ plugins: [fetcher()] });
    await scheduler.schedule({});
    await scheduler.schedule({ subset: ['e2', '10.0.0.0:8000', 'nobody'] });
    expect(seen).toEqual([
      ['e0', 'e1', 'e2'],
      ['e2', 'e0'],
    ]);
  });

  it('hands request and candidate data on', async () => {
    const writer = defineFetcher({
      type: 'writer',
      writes: [a, b],
      create: () => ({
        async prepare(_cycle, sink, endpoints) {
          await settle();
          sink.set(a, 'hello');
          for (const endpoint of endpoints) if (endpoint.id !== 'e1') sink.setCandidate(endpoint, b, endpoint.row / 10);
        },
      }),
    });
    const seen: unknown[] = [];
    const reader = defineScorer({
      type: 'reader',
      reads: [a, b],
      create: ({ read }) => {
        const column = read(b);
        const text = read(a);
        return {
          scoreAll(candidates, cycle, out) {
            const rows = column.of(cycle);
            for (let i = 0; i < candidates.length; i++) {
              const row = candidates.rows[i]!;
              seen.push([cycle.get(a), text.of(cycle), rows?.has(row), rows?.has(row) ? rows.values[row] : null]);
              out[i] = 0;
            }
          },
        };
      },
    });
    const view = defineScorer({
      type: 'view',
      reads: [b],
      create: () => ({
        score(endpoint) {
          seen.push(endpoint.get(b));
          return 0;
        },
      }),
    });
    const { scheduler } = await samplePool({ plugins: [writer()], scorers: [reader(), view()] });
    await scheduler.schedule({});
    expect(seen).toEqual([
      ['hello', 'hello', true, 0],
      ['hello', 'hello', false, null],
      ['hello', 'hello', true, 0.2],
      0,
      undefined,
      0.2,
    ]);
  });
});

describe('a request fetcher that fails', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('no luck');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no luck'))],
  ])('loses what it wrote when it %s', async (_, fail) => {
    const seen: unknown[] = [];
    const broken = defineFetcher({
      type: 'broken',
      writes: [a, b],
      create: () => ({
        prepare(_cycle, sink, endpoints) {
          sink.set(a, 'half');
          sink.setCandidate(endpoints[0]!, b, 1);
          return fail();
        },
      }),
    });
    const reader = defineScorer({
      type: 'reader',
      reads: [a, b],
      create: () => ({
        score(endpoint, cycle) {
          seen.push(cycle.get(a), endpoint.get(b));
          return 0;
        },
      }),
    });
    const { scheduler, pool } = await samplePool({ plugins: [broken()], scorers: [reader()] });
    const call = await scheduler.schedule({ subset: ['e0'] });
    expect(seen).toEqual([undefined, undefined]);
    expect(call.decision.explain().faults).toEqual([{ plugin: 'broken', stage: 'prepare', message: 'no luck' }]);
    expect(pool.faultCounts()).toEqual({ 'prepare/broken': 1 });
  });

  it('is a fault when it writes what it did not declare', async () => {
    const sly = defineFetcher({
      type: 'sly',
      writes: [a],
      create: () => ({ prepare: (_cycle, sink) => (sink as { set(key: unknown, value: unknown): void }).set(c, 'x') }),
    });
    const { scheduler } = await samplePool({ plugins: [sly()] });
    const call = await scheduler.schedule({});
    expect(call.decision.explain().faults).toEqual([
      { plugin: 'sly', stage: 'prepare', message: 'plugin "sly" writes c/third without declaring it' },
    ]);
  });

  it('does not keep those that read its data from running', async () => {
    const log: string[] = [];
    const broken = defineFetcher({
      type: 'broken',
      writes: [a],
      create: () => ({ prepare: () => Promise.reject(new Error('gone')) }),
    });
    const { scheduler } = await samplePool({ plugins: [broken(), step('reader', log, [a], [c])] });
    await scheduler.schedule({});
    expect(log).toEqual(['reader']);
  });

  it('has its remarks under its own name, also beside others and after a wait', async () => {
    const noting = (name: string) =>
      defineFetcher({
        type: name,
        create: () => ({
          async prepare(cycle) {
            await settle();
            cycle.note('done');
          },
        }),
      })();
    const { scheduler } = await samplePool({ plugins: [noting('x'), noting('y')] });
    const call = await scheduler.schedule({});
    expect(call.decision.explain().notes).toEqual([
      { plugin: 'x', text: 'done' },
      { plugin: 'y', text: 'done' },
    ]);
  });
});

describe('the time budget of a request fetcher', () => {
  const never = (budgetMs?: number) =>
    defineFetcher({
      type: 'never',
      writes: [a],
      create: () => ({
        ...(budgetMs === undefined ? {} : { budgetMs }),
        prepare: () => new Promise<void>(() => {}),
      }),
    })();

  it.each([
    [undefined, 400],
    [25, 25],
  ])('of %s ms ends its wait after %s ms', async (given, budgetMs) => {
    const { scheduler, clock } = await samplePool({ plugins: [never(given)], scorers: [scoring('one', () => 1)] });
    const placed = scheduler.schedule({});
    await clock.advance(budgetMs - 1);
    expect(await stateOf(placed)).toBe('pending');
    await clock.advance(1);
    expect(await stateOf(placed)).toBe('resolved');
    expect((await placed).decision.explain().faults).toEqual([
      { plugin: 'never', stage: 'prepare', message: `no answer within its ${budgetMs} ms` },
    ]);
    expect(clock.pending).toBe(0);
  });

  it('is each fetcher’s own: a quick one keeps its data', async () => {
    const quick = defineFetcher({
      type: 'quick',
      writes: [c],
      create: () => ({
        async prepare(_cycle, sink) {
          await settle();
          sink.set(c, 'quick');
        },
      }),
    });
    const seen: unknown[] = [];
    const reader = defineScorer({
      type: 'reader',
      reads: [a, c],
      create: () => ({
        score(_endpoint, cycle) {
          seen.push([cycle.get(a), cycle.get(c)]);
          return 0;
        },
      }),
    });
    const { scheduler, clock } = await samplePool({ plugins: [never(50), quick()], scorers: [reader()] });
    const placed = scheduler.schedule({ subset: ['e0'] });
    await clock.advance(50);
    await placed;
    expect(seen).toEqual([[undefined, 'quick']]);
  });

  it('is over when the fetcher is done: no timer stays', async () => {
    const { scheduler, clock } = await samplePool({ plugins: [step('quick', [], [], [a], settle)] });
    await scheduler.schedule({});
    expect(clock.pending).toBe(0);
  });
});

describe('a caller that gives up while data is fetched', () => {
  it('gets ABORTED at once, and the fetcher sees the signal', async () => {
    const controller = new AbortController();
    let seen: AbortSignal | undefined;
    const waiting = defineFetcher({
      type: 'waiting',
      create: () => ({
        prepare(_cycle, _sink, _endpoints, signal) {
          seen = signal;
          return new Promise<void>(() => {});
        },
      }),
    });
    const { scheduler, pool, clock } = await samplePool({ plugins: [waiting()] });
    const placed = scheduler.schedule({}, { signal: controller.signal });
    await settle();
    expect(seen).toBe(controller.signal);
    controller.abort();
    expect(await stateOf(placed)).toBe('rejected');
    await expect(placed).rejects.toMatchObject({ code: 'ABORTED', httpStatus: 499 });
    expect(pool.openCalls).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('starts no further fetchers', async () => {
    const controller = new AbortController();
    const log: string[] = [];
    const { scheduler } = await samplePool({
      plugins: [step('first', log, [], [a], async () => controller.abort()), step('second', log, [a], [c])],
    });
    await expect(scheduler.schedule({}, { signal: controller.signal })).rejects.toMatchObject({ code: 'ABORTED' });
    await settle();
    expect(log).not.toContain('second');
  });

  it('is no fault of the fetchers that stop because of it', async () => {
    const controller = new AbortController();
    const polite = defineFetcher({
      type: 'polite',
      create: () => ({
        prepare: (_cycle, _sink, _endpoints, signal) =>
          new Promise<void>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
      }),
    });
    const { scheduler, pool } = await samplePool({ plugins: [polite()] });
    const placed = scheduler.schedule({}, { signal: controller.signal });
    controller.abort();
    await expect(placed).rejects.toMatchObject({ code: 'ABORTED' });
    await settle();
    expect(pool.faultCounts()).toEqual({});
  });
});

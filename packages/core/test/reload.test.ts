import { settle, VirtualClock } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  createScheduler,
  createSchedulerHost,
  defineFetcher,
  definePlugin,
  defineScorer,
  endpointNumber,
  type GraphOptions,
  PointsmanError,
  type SchedulerHost,
} from '../src/index.ts';
import { hooking, scoringTable } from './sample-plugins.ts';
import { graph, samplePool, spec, specs } from './sample-pool.ts';

/** Counts requests per instance, inherits the count, and says when it is created and closed. */
function counter(log: string[]) {
  return definePlugin({
    type: 'counter',
    params: z.strictObject({ step: z.number().default(1) }),
    create: ({ params, inherited, onClose }) => {
      let count = (inherited as number | undefined) ?? 0;
      log.push(`created step ${params.step} at ${count}`);
      onClose(() => void log.push(`closed step ${params.step} at ${count}`));
      return {
        preCall() {
          count += params.step;
        },
        handOver: () => count,
        inspect: () => count,
      };
    },
  });
}

const reload = (scheduler: SchedulerHost, options: Partial<GraphOptions & { scorers: never[] }> = {}, count = 2) =>
  scheduler.reload({ pools: { default: { ...graph(options), endpoints: specs(count) } } });

describe('a change of configuration', () => {
  it('decides anew from the next request on', async () => {
    const prefer = (id: string) => graph({ scorers: [scoringTable('s', { [id]: 1 })] });
    const scheduler = createScheduler({ ...prefer('e0'), endpoints: specs(2) });
    expect((await scheduler.schedule({})).decision.target.id).toBe('e0');
    scheduler.reload({ pools: { default: { ...prefer('e1'), endpoints: specs(2) } } });
    expect((await scheduler.schedule({})).decision.target.id).toBe('e1');
    await scheduler.close();
  });

  it('leaves a plugin alone that it does not change', async () => {
    const log: string[] = [];
    const definition = counter(log);
    const scheduler = createScheduler({ ...graph({ plugins: [definition()] }), endpoints: specs(2) });
    (await scheduler.schedule({})).end();
    reload(scheduler, { plugins: [definition({ step: 1 }), hooking('other', {})] });
    (await scheduler.schedule({})).end();
    expect(scheduler.pools.get('default')!.inspect()).toEqual({ counter: 2 });
    expect(log).toEqual(['created step 1 at 0']);
    await scheduler.close();
  });

  it('hands the state of a changed plugin over, and closes the old one with its last request', async () => {
    const log: string[] = [];
    const definition = counter(log);
    const scheduler = createScheduler({ ...graph({ plugins: [definition()] }), endpoints: specs(2) });
    const call = await scheduler.schedule({});
    reload(scheduler, { plugins: [definition({ step: 10 })] });
    (await scheduler.schedule({})).end();
    expect(log).toEqual(['created step 1 at 0', 'created step 10 at 1']);
    call.end();
    await settle();
    expect(log.at(-1)).toBe('closed step 1 at 1');
    expect(scheduler.pools.get('default')!.inspect()).toEqual({ counter: 11 });
    await scheduler.close();
  });

  it('tells plugins when it comes about, the new ones first', async () => {
    const log: string[] = [];
    const logging = (name: string) =>
      definePlugin({
        type: name,
        params: z.strictObject({ step: z.number().default(1) }),
        create: ({ params }) => {
          const tell = (what: string) => () => void log.push(`${name} ${params.step} ${what}`);
          const [activated, retired, endpointAdded] = ['activated', 'retired', 'added'].map(tell);
          return { activated: activated!, retired: retired!, endpointAdded: endpointAdded! };
        },
      });
    const [changed, kept, gone, came] = ['changed', 'kept', 'gone', 'came'].map(logging);
    const scheduler = createScheduler({ ...graph({ plugins: [changed!(), kept!(), gone!()] }), endpoints: specs(1) });
    const first = ['changed', 'kept', 'gone'];
    expect(log.splice(0)).toEqual([
      ...first.map((name) => `${name} 1 activated`),
      ...first.map((name) => `${name} 1 added`),
    ]);
    const pool = scheduler.pools.get('default')!;
    const next = graph({ plugins: [changed!({ step: 2 }), kept!(), came!()] });
    pool.planReload(next).discard();
    expect(log).toEqual([]);
    // Those that requests still run on are retired as well.
    const call = await scheduler.schedule({});
    pool.planReload(next).commit();
    expect(log.splice(0)).toEqual([
      'changed 2 activated',
      'changed 2 added',
      'came 1 activated',
      'came 1 added',
      'changed 1 retired',
      'gone 1 retired',
    ]);
    call.end();
    await scheduler.close();
    expect(log).toEqual([]);
  });

  it('comes about although plugins fail when they are told', async () => {
    const fail = () => {
      throw new Error('not now');
    };
    const scheduler = createScheduler({
      ...graph({ plugins: [hooking('old', { retired: fail })] }),
      endpoints: specs(2),
    });
    reload(scheduler, { plugins: [hooking('new', { activated: fail })] });
    expect(scheduler.pools.get('default')!.faultCounts()).toEqual({ 'activated/new': 1, 'retired/old': 1 });
    expect((await scheduler.schedule({})).decision.attempt).toBe(1);
    await scheduler.close();
  });

  it('lets requests finish on the plugins with which they began', async () => {
    const log: string[] = [];
    const hook = (name: string) =>
      hooking(name, {
        postChoice: () => () => void log.push(`${name} released`),
        progress: (_c, _d, { kind }) => void log.push(`${name} ${kind}`),
        afterResponse: () => void log.push(`${name} after`),
      });
    const scheduler = createScheduler({ ...graph({ plugins: [hook('old')] }), endpoints: specs(2) });
    const call = await scheduler.schedule({});
    reload(scheduler, { plugins: [hook('new')] });
    call.firstToken();
    call.next('connect refused');
    call.end();
    expect(log).toEqual(['old first-token', 'old released', 'old released', 'old after']);
    await scheduler.close();
  });

  it('decides requests that wait for data on the plugins with which they began', async () => {
    let go = () => {};
    const slow = defineFetcher({
      type: 'slow',
      create: () => ({
        prepare: () =>
          new Promise<void>((resolve) => {
            go = resolve;
          }),
      }),
    });
    const scheduler = createScheduler({
      ...graph({ plugins: [slow()], scorers: [scoringTable('s', { e0: 1 })] }),
      endpoints: specs(2),
      clock: new VirtualClock(),
    });
    const placed = scheduler.schedule({});
    await settle();
    scheduler.reload({
      pools: { default: { ...graph({ scorers: [scoringTable('s', { e1: 1 })] }), endpoints: specs(2) } },
    });
    go();
    expect((await placed).decision.target.id).toBe('e0');
    await scheduler.close();
  });

  it('keeps endpoint data, and gives new plugins the endpoints that there are', async () => {
    const heat = endpointNumber('heat/probe', { fallback: 0 });
    const probe = defineFetcher({
      type: 'probe',
      writes: [heat],
      create: () => ({ stream: () => new Promise<void>(() => {}) }),
    });
    const hot = defineScorer({
      type: 'hot',
      reads: [heat],
      create: () => ({ score: (endpoint) => endpoint.get(heat) }),
    });
    const seen: string[] = [];
    const scheduler = createScheduler({ ...graph({ plugins: [probe()], scorers: [] }), endpoints: specs(2) });
    scheduler.pools.get('default')!.setData('e1', heat, 0.5);
    const watcher = hooking('watcher', { endpointAdded: ({ id }) => void seen.push(id) });
    scheduler.reload({
      pools: { default: { ...graph({ plugins: [probe(), watcher], scorers: [hot()] }), endpoints: specs(2) } },
    });
    expect((await scheduler.schedule({})).decision.target.id).toBe('e1');
    expect(seen).toEqual(['e0', 'e1']);
    await scheduler.close();
  });

  it('says what came and what went', async () => {
    const log: string[] = [];
    const definition = counter(log);
    const events: unknown[] = [];
    const scheduler = createScheduler({
      ...graph({ plugins: [definition(), hooking('gone', {})] }),
      endpoints: specs(2),
    });
    scheduler.on('reloaded', (event) => events.push(event));
    const plan = scheduler.pools
      .get('default')!
      .planReload(graph({ plugins: [definition({ step: 2 }), hooking('come', {})] }));
    expect([plan.added, plan.removed]).toEqual([['counter', 'come'], ['gone']]);
    plan.discard();
    reload(scheduler, { plugins: [definition()] });
    await settle();
    expect(events).toMatchObject([{ pool: 'default', removed: ['gone'] }]);
    await scheduler.close();
  });
});

describe('a change that cannot be carried out', () => {
  it('changes nothing, closes what it created, and says so', async () => {
    const log: string[] = [];
    const definition = counter(log);
    const failed: unknown[] = [];
    const broken = definePlugin({
      type: 'broken',
      create: () => {
        throw new Error('no disk');
      },
    });
    const { scheduler, pool } = await samplePool({ plugins: [definition()] });
    scheduler.on('reload:failed', (event) => failed.push(event));
    await scheduler.schedule({});
    expect(() => reload(scheduler, { plugins: [definition({ step: 5 }), broken()] })).toThrow(
      expect.objectContaining({ code: 'PLUGIN_FAILED' }),
    );
    await scheduler.schedule({});
    await settle();
    expect(pool.inspect()).toEqual({ counter: 2 });
    expect(log).toEqual(['created step 1 at 0', 'created step 5 at 1', 'closed step 5 at 1']);
    expect(failed).toMatchObject([{ pool: 'default', error: { code: 'PLUGIN_FAILED' } }]);
  });

  it('in one pool leaves the others as they were', async () => {
    const pools = (id: string, port = 8000) => ({
      a: { ...graph({ scorers: [scoringTable('s', { [id]: 1 })] }), endpoints: specs(2) },
      b: { ...graph(), endpoints: [{ ...spec(0), port }] },
    });
    const scheduler = createSchedulerHost({ pools: pools('e0') });
    expect(() => scheduler.reload({ pools: pools('e1', 0) })).toThrow(PointsmanError);
    expect((await scheduler.schedule({ model: 'a' })).decision.target.id).toBe('e0');
    await scheduler.close();
  });
});

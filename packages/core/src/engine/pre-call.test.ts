import { settle, VirtualClock } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { stateOf } from '../../test/promise-state.ts';
import { filtering, hooking, scoring } from '../../test/sample-plugins.ts';
import { graph, samplePool, specs } from '../../test/sample-pool.ts';
import {
  createScheduler,
  defineFetcher,
  definePlugin,
  defineScorer,
  PointsmanError,
  reject,
  requestValue,
} from '../index.ts';

const wish = requestValue<string>()('Wish/annotator');
const annotator = definePlugin({
  type: 'annotator',
  writes: [wish],
  create: () => ({ preCall: (cycle) => cycle.set(wish, cycle.request.headers['x-wish'] ?? '') }),
});

describe('preCall', () => {
  it('annotates the request for fetchers and scorers', async () => {
    const seen: unknown[] = [];
    const fetcher = defineFetcher({
      type: 'fetcher',
      reads: [wish],
      create: () => ({ prepare: (cycle) => void seen.push(cycle.get(wish)) }),
    });
    const scorer = defineScorer({
      type: 'wished',
      reads: [wish],
      create: () => ({ score: ({ id }, cycle) => (id === cycle.get(wish) ? 1 : 0) }),
    });
    const { scheduler } = await samplePool({ plugins: [fetcher(), annotator()], scorers: [scorer()] });
    const call = await scheduler.schedule({ headers: { 'x-wish': 'e1' } });
    expect(call.decision.target.id).toBe('e1');
    expect(seen).toEqual(['e1']);
  });

  it('runs its hooks one after the other, in configured order, waiting for asynchronous ones', async () => {
    const log: string[] = [];
    let go = () => {};
    const slow = hooking('slow', {
      preCall: () => {
        log.push('slow begins');
        return new Promise<void>((resolve) => {
          go = () => {
            log.push('slow ends');
            resolve();
          };
        });
      },
    });
    const quick = (name: string) => hooking(name, { preCall: () => void log.push(name) });
    const { scheduler } = await samplePool({ plugins: [quick('a'), slow, quick('b')] });
    const placed = scheduler.schedule({});
    expect(await stateOf(placed)).toBe('pending');
    expect(log).toEqual(['a', 'slow begins']);
    go();
    await placed;
    expect(log).toEqual(['a', 'slow begins', 'slow ends', 'b']);
  });

  it.each([
    ['at once', (verdict: () => never) => verdict()],
    ['later', async (verdict: () => never) => verdict()],
  ])('rejects a request %s, with status and reason', async (_, run) => {
    const log: string[] = [];
    const guard = hooking('guard', {
      preCall: ({ request }) =>
        request.model === 'bad'
          ? run(() =>
              reject({ status: 403, reason: 'not-allowed', message: 'this model is not for you', retryAfterMs: 250 }),
            )
          : undefined,
    });
    const later = hooking('later', { preCall: () => void log.push('later') });
    const filter = filtering('filter', () => {
      log.push('filter');
      return true;
    });
    const { scheduler, pool } = await samplePool({ plugins: [guard, later], filters: [filter] });
    const events: unknown[] = [];
    scheduler.on('rejected', ({ pool, request, error }) => events.push([pool, request.id, error.code]));

    const error = await scheduler.schedule({ id: 'r1', model: 'bad' }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(PointsmanError);
    expect(error).toMatchObject({
      code: 'REJECTED',
      httpStatus: 403,
      reason: 'not-allowed',
      message: 'this model is not for you',
      retryAfterMs: 250,
    });
    await settle();
    expect(events).toEqual([['default', 'r1', 'REJECTED']]);
    expect(log).toEqual([]);
    expect(pool.openCalls).toBe(0);
    expect(pool.faultCounts()).toEqual({});
    await expect(scheduler.schedule({ model: 'good' })).resolves.toBeDefined();
  });

  it('believes a rejection from another copy of the package', async () => {
    const foreign = Object.assign(new Error('no'), {
      [Symbol.for('pointsman.error')]: true,
      code: 'REJECTED',
      httpStatus: 412,
    });
    const guard = hooking('guard', {
      preCall: () => {
        throw foreign;
      },
    });
    const { scheduler } = await samplePool({ plugins: [guard] });
    await expect(scheduler.schedule({})).rejects.toBe(foreign);
  });

  it.each<[string, () => void | Promise<void>, string]>([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
      'broken',
    ],
    ['rejects', () => Promise.reject(new Error('broken later')), 'broken later'],
    ['rejects with nothing', () => Promise.reject(), 'undefined'],
    [
      'throws an error of the engine that is no verdict',
      () => {
        throw new PointsmanError('NO_ENDPOINTS', 'I think so');
      },
      'I think so',
    ],
  ])('goes on when a hook %s', async (_, preCall, message) => {
    const { scheduler, pool } = await samplePool({ plugins: [hooking('broken', { preCall }), annotator()] });
    const call = await scheduler.schedule({});
    expect(call.decision.explain().faults).toEqual([{ plugin: 'broken', stage: 'preCall', message }]);
    expect(pool.faultCounts()).toEqual({ 'preCall/broken': 1 });
  });

  it('runs nothing for a caller that has given up already', async () => {
    const log: string[] = [];
    const { scheduler } = await samplePool({ plugins: [hooking('hook', { preCall: () => void log.push('ran') })] });
    await expect(scheduler.schedule({}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
    expect(log).toEqual([]);
  });

  it('shows what hooks remark, each under its name, also after a wait', async () => {
    const noting = (name: string) =>
      hooking(name, {
        async preCall(cycle) {
          cycle.note('before');
          await settle();
          cycle.note('after');
        },
      });
    const { scheduler } = await samplePool({ plugins: [noting('a'), noting('b')], scorers: [scoring('s', () => 1)] });
    const call = await scheduler.schedule({});
    expect(call.decision.explain().notes).toEqual([
      { plugin: 'a', text: 'before' },
      { plugin: 'a', text: 'after' },
      { plugin: 'b', text: 'before' },
      { plugin: 'b', text: 'after' },
    ]);
  });
});

describe('a preCall hook that never answers', () => {
  const stuck = () =>
    createScheduler({
      ...graph({ plugins: [hooking('stuck', { preCall: () => new Promise<void>(() => {}) })] }),
      endpoints: specs(2),
      clock: new VirtualClock(),
    });

  it('does not hold a caller that gives up', async () => {
    const controller = new AbortController();
    const placed = stuck().schedule({}, { signal: controller.signal });
    expect(await stateOf(placed)).toBe('pending');
    controller.abort();
    expect(await stateOf(placed)).toBe('rejected');
    await expect(placed).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('does not hold the shutdown', async () => {
    const scheduler = stuck();
    const turnedAway = expect(scheduler.schedule({})).rejects.toMatchObject({ code: 'CLOSED' });
    await settle();
    expect(await stateOf(scheduler.close())).toBe('resolved');
    await turnedAway;
  });

  it.each([
    [undefined, 1000],
    [30_000, 30_000],
  ])(
    'with a budget of %s ms holds the request for %s ms; what it says later reaches nobody',
    async (given, budgetMs) => {
      const told = requestValue<string>()('told');
      let say = (_text: string) => {};
      const seen: unknown[] = [];
      const late = definePlugin({
        type: 'late',
        writes: [told],
        create: () => ({
          ...(given === undefined ? {} : { preCallBudgetMs: given }),
          preCall(cycle) {
            say = (text) => cycle.set(told, text);
            return new Promise<void>(() => {});
          },
        }),
      });
      const reader = definePlugin({
        type: 'reader',
        reads: [told],
        create: () => ({ afterResponse: (cycle) => void seen.push(cycle.get(told)) }),
      });
      const { scheduler, clock } = await samplePool({ plugins: [late(), reader()] });
      const placed = scheduler.schedule({});
      await clock.advance(budgetMs - 1);
      expect(await stateOf(placed)).toBe('pending');
      await clock.advance(1);
      const call = await placed;
      expect(call.decision.explain().faults).toEqual([
        { plugin: 'late', stage: 'preCall', message: `no answer within its ${budgetMs} ms` },
      ]);
      say('too late');
      call.end();
      expect(seen).toEqual([undefined]);
      expect(clock.pending).toBe(0);
    },
  );
});

import { settle } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { hooking } from '../../test/sample-plugins.ts';
import { samplePool } from '../../test/sample-pool.ts';
import type { Outcome } from '../index.ts';

const watching = (log: Outcome[]) =>
  hooking('watch', { afterResponse: (_cycle, _decision, outcome) => void log.push(outcome) });

describe('afterResponse', () => {
  it('learns the status, the timings and the usage', async () => {
    const log: Outcome[] = [];
    const { scheduler, clock } = await samplePool({ plugins: [watching(log)] });
    const call = await scheduler.schedule({});
    await clock.advance(20);
    call.responseHeaders(206);
    await clock.advance(10);
    call.firstToken();
    await clock.advance(70);
    const usage = { promptTokens: 100, cachedTokens: 64, outputTokens: 12 };
    call.end({ usage });
    expect(log).toEqual([{ status: 'ok', httpStatus: 206, usage, firstTokenMs: 30, totalMs: 100, error: undefined }]);
    expect(call.decision.explain().outcome).toEqual({
      status: 'ok',
      httpStatus: 206,
      firstTokenMs: 30,
      totalMs: 100,
      promptTokens: 100,
      cachedTokens: 64,
      outputTokens: 12,
    });
  });

  it('learns of an error, and of what is not known', async () => {
    const log: Outcome[] = [];
    const { scheduler } = await samplePool({ plugins: [watching(log)] });
    const call = await scheduler.schedule({});
    expect(call.decision.explain().outcome).toBeNull();
    const error = new Error('reset by peer');
    call.end({ error });
    expect(log).toEqual([
      { status: 'error', httpStatus: undefined, usage: undefined, firstTokenMs: undefined, totalMs: 0, error },
    ]);
    expect(call.decision.explain().outcome).toMatchObject({ status: 'error', httpStatus: null, promptTokens: null });
  });

  it('believes the caller’s own figures', async () => {
    const log: Outcome[] = [];
    const { scheduler, clock } = await samplePool({ plugins: [watching(log)] });
    const call = await scheduler.schedule({});
    call.responseHeaders(200);
    await clock.advance(5);
    call.end({ status: 'error', httpStatus: 500, totalMs: 3, firstTokenMs: 2 });
    expect(log).toMatchObject([{ status: 'error', httpStatus: 500, totalMs: 3, firstTokenMs: 2 }]);
  });

  it('runs once all is released, with the endpoint that served', async () => {
    const log: string[] = [];
    const hook = hooking('hook', {
      postChoice: () => () => void log.push('released'),
      afterResponse: (_cycle, decision) => void log.push(`after ${decision.target.id} #${decision.attempt}`),
    });
    const { scheduler } = await samplePool({ plugins: [hook], endpoints: [] });
    await expect(scheduler.schedule({})).rejects.toMatchObject({ code: 'NO_ENDPOINTS' });
    expect(log).toEqual([]);

    const other = await samplePool({ plugins: [hook] });
    const call = await other.scheduler.schedule({});
    const second = call.next('x')!;
    call.end();
    expect(log).toEqual(['released', 'released', `after ${second.id} #2`]);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no idea');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no idea'))],
  ])('that %s harms nobody', async (_, afterResponse) => {
    const log: Outcome[] = [];
    const { scheduler, pool } = await samplePool({ plugins: [hooking('bad', { afterResponse }), watching(log)] });
    const ended: string[] = [];
    scheduler.on('ended', (_decision, { status }) => ended.push(status));
    const call = await scheduler.schedule({});
    call.end();
    await settle();
    expect(log).toHaveLength(1);
    expect(ended).toEqual(['ok']);
    expect(pool.faultCounts()).toEqual({ 'afterResponse/bad': 1 });
    expect(pool.openCalls).toBe(0);
  });

  it('is not waited for', async () => {
    const { scheduler, pool } = await samplePool({
      plugins: [hooking('slow', { afterResponse: () => new Promise<void>(() => {}) })],
    });
    (await scheduler.schedule({})).end();
    expect(pool.openCalls).toBe(0);
    await scheduler.close();
  });
});

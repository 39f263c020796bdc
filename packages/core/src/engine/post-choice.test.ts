import { settle } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { hooking } from '../../test/sample-plugins.ts';
import { samplePool } from '../../test/sample-pool.ts';
import type { Call, SchedulerHost } from '../index.ts';

/** A hook that reserves, and says what it does. */
const reserving = (name: string, log: string[]) =>
  hooking(name, {
    postChoice(_cycle, { target, attempt }) {
      log.push(`${name} takes ${target.id} #${attempt}`);
      return () => void log.push(`${name} gives ${target.id}`);
    },
  });

describe('postChoice', () => {
  it('sets headers: lower-case, the last hook wins, an empty text stays', async () => {
    const first = hooking('first', {
      postChoice(_cycle, decision) {
        decision.setHeader('X-Target', decision.target.hostPort);
        decision.setHeader('x-gone', '');
        decision.setHeader('x-both', 'first');
      },
    });
    const second = hooking('second', { postChoice: (_cycle, decision) => decision.setHeader('X-Both', 'second') });
    const { scheduler } = await samplePool({ plugins: [first, second] });
    const { decision } = await scheduler.schedule({ subset: ['e1'] });
    expect(decision.headers).toEqual({ 'x-target': '10.0.0.1:8000', 'x-gone': '', 'x-both': 'second' });
  });

  it('has no headers when nobody sets any', async () => {
    const { scheduler } = await samplePool();
    expect((await scheduler.schedule({})).decision.headers).toEqual({});
  });

  it('sees the whole decision and may remark on it', async () => {
    const hook = hooking('hook', {
      postChoice(cycle, decision) {
        cycle.note(`${decision.id} ${decision.requestId} ${decision.primaryProfile} ${decision.fallbacks.length}`);
      },
    });
    const { scheduler } = await samplePool({ plugins: [hook] });
    const { decision } = await scheduler.schedule({ id: 'r1' });
    expect(decision.explain().notes).toEqual([{ plugin: 'hook', text: 'default:1 r1 default 2' }]);
  });

  it('that throws loses its contribution only', async () => {
    const log: string[] = [];
    const bad = hooking('bad', {
      postChoice: () => {
        throw new Error('no idea');
      },
    });
    const { scheduler, pool } = await samplePool({ plugins: [reserving('a', log), bad, reserving('b', log)] });
    const call = await scheduler.schedule({ subset: ['e1'] });
    call.end();
    expect(log).toEqual(['a takes e1 #1', 'b takes e1 #1', 'b gives e1', 'a gives e1']);
    expect(call.decision.explain().faults).toEqual([{ plugin: 'bad', stage: 'postChoice', message: 'no idea' }]);
    expect(pool.faultCounts()).toEqual({ 'postChoice/bad': 1 });
  });
});

describe('what was reserved is released once, in reverse order', () => {
  const endings: [string, string, (call: Call, scheduler: SchedulerHost, abort: AbortController) => unknown][] = [
    ['success', 'ok', (call) => call.end()],
    ['an error', 'error', (call) => call.end({ error: new Error('reset by peer') })],
    ['a given status', 'aborted', (call) => call.end({ status: 'aborted' })],
    ['abort by the signal', 'aborted', (_call, _scheduler, abort) => abort.abort()],
    ['scheduler.close()', 'shutdown', (_call, scheduler) => scheduler.close()],
    ['leaving an `await using` block', 'aborted', (call) => call[Symbol.asyncDispose]()],
    [
      'a double end: the first counts',
      'ok',
      (call) => {
        call.end();
        call.end({ status: 'error' });
      },
    ],
    [
      'an abort after the end',
      'ok',
      (call, _scheduler, abort) => {
        call.end();
        abort.abort();
      },
    ],
    [
      'an end after the close',
      'shutdown',
      async (call, scheduler) => {
        await scheduler.close();
        call.end();
      },
    ],
  ];

  it.each(endings)('after %s', async (_, status, finish) => {
    const log: string[] = [];
    const outcomes: string[] = [];
    const watch = hooking('watch', {
      afterResponse: (_cycle, _decision, outcome) => {
        outcomes.push(outcome.status);
        log.push('afterResponse');
      },
    });
    const { scheduler, pool } = await samplePool({
      plugins: [reserving('a', log), watch, hooking('nothing', { postChoice() {} }), reserving('b', log)],
    });
    const ended: string[] = [];
    scheduler.on('ended', (_decision, outcome) => ended.push(outcome.status));
    const controller = new AbortController();
    const call = await scheduler.schedule({ subset: ['e0'] }, { signal: controller.signal });
    expect(call.isEnded).toBe(false);
    expect(pool.openCalls).toBe(1);
    await finish(call, scheduler, controller);
    await settle();
    expect(log).toEqual(['a takes e0 #1', 'b takes e0 #1', 'b gives e0', 'a gives e0', 'afterResponse']);
    expect(outcomes).toEqual([status]);
    expect(ended).toEqual([status]);
    expect(call.isEnded).toBe(true);
    expect(pool.openCalls).toBe(0);
  });

  it('after an end within a release', async () => {
    const log: string[] = [];
    let call: Call | undefined;
    const greedy = hooking('greedy', {
      postChoice: () => () => {
        log.push('greedy');
        call?.end({ status: 'error' });
      },
    });
    const { scheduler } = await samplePool({ plugins: [reserving('a', log), greedy] });
    call = await scheduler.schedule({ subset: ['e0'] });
    call.end();
    expect(log).toEqual(['a takes e0 #1', 'greedy', 'a gives e0']);
  });

  it('after a release that throws: the others run, and it is a fault', async () => {
    const log: string[] = [];
    const bad = hooking('bad', {
      postChoice: () => () => {
        throw new Error('double free');
      },
    });
    const { scheduler, pool } = await samplePool({ plugins: [reserving('a', log), bad, reserving('b', log)] });
    const call = await scheduler.schedule({ subset: ['e0'] });
    call.end();
    expect(log.slice(2)).toEqual(['b gives e0', 'a gives e0']);
    expect(pool.faultCounts()).toEqual({ 'release/bad': 1 });
    expect(pool.openCalls).toBe(0);
  });
});

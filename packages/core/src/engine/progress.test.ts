import { describe, expect, it } from 'vitest';
import { hooking } from '../../test/sample-plugins.ts';
import { samplePool } from '../../test/sample-pool.ts';
import { definePlugin, type Progress, requestValue } from '../index.ts';

const watching = (log: Progress[]) => hooking('watch', { progress: (_cycle, _decision, step) => void log.push(step) });

describe('a complete response', () => {
  it('may carry metadata to the proxy, once', async () => {
    const cost = hooking('cost', {
      readsResponseBody: true,
      progress(_cycle, _decision, progress) {
        if (progress.kind !== 'complete') return;
        progress.setMetadata('envoy.lb', 'cost', progress.usage?.outputTokens ?? 0);
        progress.setMetadata('envoy.lb', 'kind', 'tokens');
      },
    });
    const { scheduler } = await samplePool({ plugins: [cost] });
    const call = await scheduler.schedule({});
    expect(call.readsResponseBody).toBe(true);
    expect(call.complete({ promptTokens: 1, outputTokens: 7 })).toEqual({ 'envoy.lb': { cost: 7, kind: 'tokens' } });
    expect(call.complete({ promptTokens: 1, outputTokens: 9 })).toEqual({});
    call.end();
    expect(call.complete()).toEqual({});
  });

  it('tells nothing where nobody listens', async () => {
    const { scheduler } = await samplePool();
    const call = await scheduler.schedule({});
    expect(call.readsResponseBody).toBe(false);
    expect(call.complete()).toEqual({});
  });
});

describe('progress', () => {
  it('tells of headers, the first token and token counts, with the time', async () => {
    const log: Progress[] = [];
    const { scheduler, clock } = await samplePool({ plugins: [watching(log)] });
    const call = await scheduler.schedule({});
    const start = clock.now();
    await clock.advance(10);
    call.responseHeaders(200, { 'content-type': 'text/event-stream' });
    await clock.advance(5);
    call.firstToken();
    call.firstToken();
    await clock.advance(5);
    call.tokens(7);
    call.tokens(9);
    call.end();
    call.responseHeaders(500);
    call.firstToken();
    call.tokens(11);
    expect(log).toEqual([
      {
        kind: 'headers',
        atMs: start + 10,
        httpStatus: 200,
        headers: { 'content-type': 'text/event-stream' },
        served: call.decision.target,
        isServedReported: false,
        setHeader: expect.any(Function),
      },
      { kind: 'first-token', atMs: start + 15 },
      { kind: 'tokens', atMs: start + 20, outputTokens: 7 },
      { kind: 'tokens', atMs: start + 20, outputTokens: 9 },
    ]);
  });

  it('knows who served when a proxy fell back by itself', async () => {
    const log: Progress[] = [];
    const { scheduler, pool } = await samplePool({ plugins: [watching(log)] });
    const call = await scheduler.schedule({ subset: ['e0', 'e1'] });
    const other = pool.endpoints().find(({ id }) => id !== call.decision.target.id)!;
    call.responseHeaders(200, {}, other);
    expect(log).toMatchObject([{ kind: 'headers', served: { id: other.id }, isServedReported: true }]);
  });

  it('finds what was only needed to decide gone, once the answer has begun', async () => {
    const prompt = requestValue<string>()('prompt', { until: 'answered' });
    const tenant = requestValue<string>()('tenant');
    const seen: unknown[] = [];
    const looking = definePlugin({
      type: 'looking',
      reads: [prompt, tenant],
      writes: [prompt, tenant],
      create: () => ({
        preCall(cycle) {
          cycle.set(prompt, 'long');
          cycle.set(tenant, 'a');
        },
        progress(cycle, _decision, { kind }) {
          seen.push([kind, cycle.request.payload, cycle.get(prompt), cycle.get(tenant)]);
        },
        afterResponse(cycle) {
          seen.push(['end', cycle.request.payload, cycle.get(prompt), cycle.get(tenant)]);
        },
      }),
    });
    const { scheduler } = await samplePool({ plugins: [looking()] });
    const input = { payload: { body: 'long' } };
    const call = await scheduler.schedule(input);
    call.responseHeaders(200);
    call.firstToken();
    call.end();
    expect(seen).toEqual([
      ['headers', input.payload, 'long', 'a'],
      ['first-token', undefined, undefined, 'a'],
      ['end', undefined, undefined, 'a'],
    ]);
    expect(input).toEqual({ payload: { body: 'long' } });
  });

  it('collects headers for the client, in lower case', async () => {
    const setting = (name: string, value: string) =>
      hooking(`set-${value}`, {
        progress: (_cycle, _decision, step) => {
          if (step.kind === 'headers') step.setHeader(name, value);
        },
      });
    const { scheduler } = await samplePool({
      plugins: [setting('X-One', '1'), setting('x-two', '2'), setting('X-ONE', '3')],
    });
    const call = await scheduler.schedule({});
    expect(call.responseHeaders(200)).toEqual({ 'x-one': '3', 'x-two': '2' });
  });

  it('answers no headers when nobody listens, wants any, or the call is over', async () => {
    const { scheduler } = await samplePool({ plugins: [watching([])] });
    const call = await scheduler.schedule({});
    expect(call.responseHeaders(200)).toEqual({});
    call.end();
    expect(call.responseHeaders(200)).toEqual({});
    const deaf = await samplePool();
    expect((await deaf.scheduler.schedule({})).responseHeaders(200)).toEqual({});
  });

  it('that throws loses its contribution only', async () => {
    const log: Progress[] = [];
    const bad = hooking('bad', {
      progress: () => {
        throw new Error('no idea');
      },
    });
    const { scheduler, pool } = await samplePool({ plugins: [bad, watching(log)] });
    const call = await scheduler.schedule({});
    call.responseHeaders(200);
    call.firstToken();
    call.tokens(1);
    expect(log.map(({ kind }) => kind)).toEqual(['headers', 'first-token', 'tokens']);
    expect(pool.faultCounts()).toEqual({ 'progress/bad': 3 });
  });

  it('may remark under its own name', async () => {
    const hook = hooking('hook', { progress: (cycle, _decision, { kind }) => cycle.note(kind) });
    const { scheduler } = await samplePool({ plugins: [hook] });
    const call = await scheduler.schedule({});
    call.firstToken();
    expect(call.decision.explain().notes).toEqual([{ plugin: 'hook', text: 'first-token' }]);
  });
});

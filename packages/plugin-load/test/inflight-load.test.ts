import { type Call, inFlightLoad } from '@pointsman/core';
import { createTestBench, type TestBench } from '@pointsman/testkit/harness';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inflightLoadProducer } from '../src/index.ts';

const endpoints = [{ id: 'a/0' }, { id: 'a/1' }, { id: 'a/2' }];
const prompt = (tokenCount: number) => ({ tokenized: { prompts: [{ tokenCount }] } });

function loadOf({ pool }: TestBench): Readonly<Record<string, readonly [requests: number, tokens: number]>> {
  return Object.fromEntries(
    pool.endpoints().map((endpoint) => {
      const load = (pool.dataOf(endpoint)[inFlightLoad().id] ?? {}) as { requests?: number; tokens?: number };
      return [endpoint.id, [load.requests ?? 0, load.tokens ?? 0]];
    }),
  );
}

describe('inflight-load-producer', () => {
  it('counts a request without an id, which the reference forgets', async () => {
    await using bench = createTestBench({ endpoints, plugins: [inflightLoadProducer()] });
    const { call } = await bench.run({ request: { requestId: '', ...prompt(100) } });
    expect(loadOf(bench)).toMatchObject({ 'a/0': [1, 100] });
    call!.end();
    expect(loadOf(bench)).toMatchObject({ 'a/0': [0, 0] });
  });

  it('keeps two calls with one id apart', async () => {
    await using bench = createTestBench({ endpoints, plugins: [inflightLoadProducer()] });
    const request = { requestId: 'same', ...prompt(100) };
    const first = (await bench.run({ request })).call!;
    const second = (await bench.run({ request })).call!;
    first.end();
    expect(loadOf(bench)).toMatchObject({ 'a/0': [1, 100] });
    second.end();
    expect(loadOf(bench)).toMatchObject({ 'a/0': [0, 0] });
  });

  it('moves with the call to its fallback', async () => {
    await using bench = createTestBench({ endpoints, plugins: [inflightLoadProducer()] });
    const { call } = await bench.run({ request: prompt(64), targets: { default: ['a/2', 'a/1'] } });
    expect(loadOf(bench)).toEqual({ 'a/0': [0, 0], 'a/1': [0, 0], 'a/2': [1, 64] });
    expect(call!.next('refused')?.id).toBe('a/1');
    expect(loadOf(bench)).toEqual({ 'a/0': [0, 0], 'a/1': [1, 64], 'a/2': [0, 0] });
    call!.end();
    expect(loadOf(bench)).toEqual({ 'a/0': [0, 0], 'a/1': [0, 0], 'a/2': [0, 0] });
  });

  it('counts prompts in full where the prefix match is no number', async () => {
    await using bench = createTestBench({ endpoints, plugins: [inflightLoadProducer()] });
    const { call } = await bench.run({
      request: prompt(100),
      attributes: { 'a/0': { '@prefix': { matchBlocks: Number.NaN, totalBlocks: 5, blockSizeTokens: 64 } } },
    });
    expect(loadOf(bench)).toMatchObject({ 'a/0': [1, 100] });
    call!.end();
  });

  it('shows calls and load by endpoint', async () => {
    await using bench = createTestBench({ endpoints, plugins: [inflightLoadProducer()] });
    const { call } = await bench.run({ request: prompt(7), targets: { default: ['a/1'] } });
    expect(bench.pool.inspect()['inflight-load-producer']).toEqual({
      calls: 1,
      endpoints: [
        { id: 'a/1', requests: 1, tokens: 7 },
        { id: 'a/0', requests: 0, tokens: 0 },
        { id: 'a/2', requests: 0, tokens: 0 },
      ],
    });
    call!.end();
  });

  it('never falls below zero, and is zero when all calls are over, whatever happens in between', async () => {
    const step = fc.record({
      what: fc.constantFrom('begin', 'first', 'next', 'end', 'abort', 'replace'),
      call: fc.nat(5),
      tokens: fc.nat(5000),
      target: fc.nat(2),
      profile: fc.constantFrom('default', 'both'),
    });
    const law = fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.boolean(), async (steps, output) => {
      await using bench = createTestBench({
        endpoints,
        plugins: [inflightLoadProducer({ addEstimatedOutputTokens: output })],
        profiles: { default: {}, prefill: {} },
      });
      const specs = bench.pool.endpoints().map(({ id, address, port }) => ({ id, address, port }));
      const calls: Call[] = [];
      for (const { what, call: at, tokens, target, profile } of steps) {
        const call = calls[at];
        if (what === 'begin') {
          const ids = [`a/${target}`, `a/${(target + 1) % 3}`];
          const targets = profile === 'both' ? { default: ids, prefill: [`a/${(target + 2) % 3}`] } : { default: ids };
          const run = await bench.run({ request: prompt(tokens), targets, primaryProfile: 'default' });
          calls.push(run.call!);
        } else if (what === 'replace') {
          bench.pool.setEndpoints(specs.filter((_, i) => i !== target));
          bench.pool.setEndpoints(specs);
        } else if (call !== undefined && !call.isEnded) {
          if (what === 'first') call.firstToken();
          else if (what === 'next') call.next('moved');
          else call.end(what === 'abort' ? { status: 'aborted' } : {});
        }
        for (const pair of Object.values(loadOf(bench)))
          for (const value of pair) expect(value).toBeGreaterThanOrEqual(0);
      }
      for (const call of calls) {
        call.end();
        call.end();
      }
      expect(Object.values(loadOf(bench)).flat()).toEqual([0, 0, 0, 0, 0, 0]);
    });
    await fc.assert(law, { numRuns: 60 });
  });
});

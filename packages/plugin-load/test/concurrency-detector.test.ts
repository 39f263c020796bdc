import { type Call, inFlightLoad } from '@pointsman/core';
import { createTestBench, type TestBench } from '@pointsman/testkit/harness';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concurrencyDetector, inflightLoadProducer } from '../src/index.ts';

const endpoints = [{ id: 'a/0' }, { id: 'a/1' }, { id: 'a/2' }];
type Params = NonNullable<Parameters<typeof concurrencyDetector>[0]>;

function benchOf(params: Params): TestBench {
  return createTestBench({
    endpoints,
    plugins: [inflightLoadProducer()],
    profiles: { default: { filters: [concurrencyDetector(params)] } },
  });
}

const withTokens = (tokenCount: number) => ({ request: { tokenized: { prompts: [{ tokenCount }] } } });
const saturationOf = ({ pool }: TestBench) =>
  (pool.inspect()['concurrency-detector'] as { readonly saturation: number }).saturation;

describe('concurrency-detector', () => {
  it('fills one endpoint after the other, turns away what is too much, and takes more when a call ends', async () => {
    await using bench = benchOf({ maxConcurrency: 2 });
    const calls: Call[] = [];
    for (const target of ['a/0', 'a/0', 'a/1', 'a/1', 'a/2', 'a/2']) {
      const { call } = await bench.run();
      expect(call!.decision.target.id).toBe(target);
      calls.push(call!);
    }
    expect(saturationOf(bench)).toBe(1);
    expect((await bench.run()).error).toMatchObject({ code: 'ALL_FILTERED', httpStatus: 429 });
    calls[2]!.end();
    expect((await bench.run()).call!.decision.target.id).toBe('a/1');
    for (const call of calls) call.end();
  });

  it('says how much was in flight', async () => {
    await using bench = benchOf({ maxConcurrency: 1, maxTokenConcurrency: 10, concurrencyMode: 'hybrid' });
    bench.pool.setData('a/0', inFlightLoad(), { requests: 0, tokens: 10 });
    bench.pool.setData('a/1', inFlightLoad(), { requests: 1, tokens: 10 });
    const { call } = await bench.run();
    expect(call!.decision.explain().profiles[0]!.dropped).toEqual([
      { endpoint: 'a/0', filter: 'concurrency-detector', reason: 'tokens in flight at their limit of 10' },
      { endpoint: 'a/1', filter: 'concurrency-detector', reason: 'requests in flight at their limit of 1' },
    ]);
    call!.end();
  });

  it('gives room for tokens back with the first token', async () => {
    await using bench = benchOf({ maxTokenConcurrency: 100, concurrencyMode: 'tokens' });
    const first = (await bench.run(withTokens(100))).call!;
    expect((await bench.run(withTokens(1))).call!.decision.target.id).toBe('a/1');
    first.firstToken();
    expect((await bench.run(withTokens(1))).call!.decision.target.id).toBe('a/0');
  });

  it('an empty pool is full', async () => {
    await using bench = benchOf({});
    expect(saturationOf(bench)).toBe(0);
    bench.pool.setEndpoints([]);
    expect(saturationOf(bench)).toBe(1);
  });

  it('never lets an endpoint have more in flight than the limit, whatever begins and ends', async () => {
    const step = fc.record({ end: fc.option(fc.nat(20), { nil: undefined }), tokens: fc.integer({ min: 1, max: 50 }) });
    const mode = fc.constantFrom('requests' as const, 'tokens' as const, 'hybrid' as const);
    const law = fc.asyncProperty(
      mode,
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 120 }),
      fc.double({ min: 0, max: 2, noNaN: true }),
      fc.array(step, { maxLength: 40 }),
      async (concurrencyMode, maxConcurrency, maxTokenConcurrency, headroom, steps) => {
        await using bench = benchOf({ concurrencyMode, maxConcurrency, maxTokenConcurrency, headroom });
        const [requestLimit, tokenLimit] = [maxConcurrency, maxTokenConcurrency].map((max) => max * (1 + headroom));
        const open: { readonly call: Call; readonly tokens: number }[] = [];
        const inFlightOn = (id: string) => open.filter(({ call }) => call.decision.target.id === id);
        const hasRoom = (id: string) => {
          const there = inFlightOn(id);
          const tokens = there.reduce((sum, each) => sum + each.tokens, 0);
          return (
            (concurrencyMode === 'tokens' || there.length < Math.floor(requestLimit!)) &&
            (concurrencyMode === 'requests' || tokens < Math.floor(tokenLimit!))
          );
        };
        for (const { end, tokens } of steps) {
          if (end !== undefined) {
            open.splice(end, 1)[0]?.call.end();
            continue;
          }
          const roomy = endpoints.map(({ id }) => id).filter(hasRoom);
          const { call, error } = await bench.run(withTokens(tokens));
          expect(call?.decision.target.id).toBe(roomy[0]);
          expect(error?.code).toBe(roomy.length === 0 ? 'ALL_FILTERED' : undefined);
          if (call !== undefined) open.push({ call, tokens });
        }
        for (const { call } of open) call.end();
        expect(saturationOf(bench)).toBe(0);
      },
    );
    await fc.assert(law, { numRuns: 60 });
  });
});

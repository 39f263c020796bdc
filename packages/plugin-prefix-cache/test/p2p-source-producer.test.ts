import { createHash } from 'node:crypto';
import { pluginLaws } from '@pointsman/testkit/conformance';
import { createTestBench, type TestBench } from '@pointsman/testkit/harness';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { p2pSourceProducer } from '../src/index.ts';

const HEADER = 'x-kv-cache-source-host-port';
const BLOCK = 64;

/** Endpoints with so many blocks cached, and so many requests waiting. */
function benchOf(
  cached: readonly (number | undefined)[],
  params: Parameters<typeof p2pSourceProducer>[0] = {},
  waiting: readonly number[] = [],
): TestBench {
  return createTestBench({
    endpoints: cached.map((cachedBlockCount, i) => ({
      id: `a/${i}`,
      address: `10.0.0.${i}`,
      metrics: { waitingQueueSize: waiting[i] ?? 0 },
      ...(cachedBlockCount !== undefined && {
        attributes: {
          '@prefix': { matchBlocks: cachedBlockCount, totalBlocks: 100, blockSizeTokens: BLOCK, cachedBlockCount },
        },
      }),
    })),
    plugins: [p2pSourceProducer(params)],
    profiles: { default: {}, prefill: {} },
  });
}

async function sourceFor(bench: TestBench, target: string, requestId = 'r'): Promise<string | undefined> {
  const { call } = await bench.run({ request: { requestId }, targets: { default: [target] } });
  call!.end();
  return call!.decision.headers[HEADER];
}

/** Random-looking, as request ids are, and the same in every run. */
const idOf = (i: number) => createHash('sha1').update(`${i}`).digest('hex');

describe('p2p-source-producer', () => {
  it('names who has most, and nobody to that one', async () => {
    await using bench = benchOf([0, 5, 9, undefined]);
    expect(await sourceFor(bench, 'a/0')).toBe('10.0.0.2:8000');
    expect(await sourceFor(bench, 'a/1')).toBe('10.0.0.2:8000');
    expect(await sourceFor(bench, 'a/2')).toBeUndefined();
    expect(await sourceFor(bench, 'a/3')).toBe('10.0.0.2:8000');
  });

  it('names nobody when nothing is cached, or nothing is known', async () => {
    await using nothing = benchOf([0, 0]);
    expect(await sourceFor(nothing, 'a/0')).toBeUndefined();
    await using unknown = benchOf([undefined, undefined]);
    expect(await sourceFor(unknown, 'a/0')).toBeUndefined();
  });

  it('says in the explanation what there is to pull', async () => {
    await using bench = benchOf([1, 3]);
    const { call } = await bench.run({ targets: { default: ['a/0'] } });
    expect(call!.decision.explain().notes).toEqual([
      { plugin: 'p2p-source-producer', text: 'a/0 can pull 128 tokens more than it has from a/1' },
    ]);
    call!.end();
  });

  it('counts what the endpoint that computes the prompt has', async () => {
    await using bench = benchOf([0, 9, 9], { minCachedTokenDelta: 2 * BLOCK });
    const targets = { default: ['a/0'], prefill: ['a/1'] };
    const disaggregated = (await bench.run({ targets, primaryProfile: 'default' })).call!;
    expect(disaggregated.decision.headers[HEADER]).toBeUndefined();
    disaggregated.end();
    expect(await sourceFor(bench, 'a/0')).toMatch(/^10\.0\.0\.[12]:8000$/);
  });

  it('judges anew for a fallback', async () => {
    await using bench = benchOf([0, 9, 3]);
    const { call } = await bench.run({ targets: { default: ['a/0', 'a/1', 'a/2'] } });
    expect(call!.decision.headers).toEqual({ [HEADER]: '10.0.0.1:8000' });
    call!.next('refused');
    expect(call!.decision.headers).toEqual({});
    call!.next('refused');
    expect(call!.decision.headers).toEqual({ [HEADER]: '10.0.0.1:8000' });
    call!.end();
  });

  it('also looks at the profile that computes when that one is the primary', async () => {
    await using bench = benchOf([0, 9, 3]);
    const { call } = await bench.run({ targets: { prefill: ['a/1', 'a/2'] }, primaryProfile: 'prefill' });
    expect(call!.decision.headers).toEqual({});
    call!.next('refused');
    expect(call!.decision.headers).toEqual({ [HEADER]: '10.0.0.1:8000' });
    call!.end();
  });

  it('names nobody who has gone since', async () => {
    await using bench = benchOf([0, 9, 3]);
    const { call } = await bench.run({ targets: { default: ['a/0', 'a/2'] } });
    bench.pool.setEndpoints(
      bench.pool
        .endpoints()
        .filter(({ id }) => id !== 'a/1')
        .map(({ id, address, port }) => ({ id, address, port })),
    );
    call!.next('refused');
    expect(call!.decision.headers).toEqual({});
    call!.end();
  });

  it('chooses by the request id, in proportion to the room that queues leave', async () => {
    await using bench = benchOf([0, 10, 9, 8], {}, [0, 0, 3, 0]);
    const counts: Record<string, number> = {};
    for (let i = 0; i < 600; i++) {
      const source = (await sourceFor(bench, 'a/0', idOf(i)))!;
      counts[source] = (counts[source] ?? 0) + 1;
    }
    expect(Object.keys(counts).sort()).toEqual(['10.0.0.1:8000', '10.0.0.2:8000']);
    // 1 : 1/4
    expect(counts['10.0.0.1:8000']! / 600).toBeCloseTo(0.8, 1);
    expect(await sourceFor(bench, 'a/0', idOf(7))).toBe(await sourceFor(bench, 'a/0', idOf(7)));
  });

  it('names only who has enough more than the computing endpoint, whatever the numbers are', async () => {
    const odd = fc.constantFrom(Number.NaN, -1, Number.POSITIVE_INFINITY, 1e300);
    const blocks = fc.option(fc.oneof({ weight: 5, arbitrary: fc.nat(20) }, odd), { nil: undefined });
    const law = fc.asyncProperty(
      fc.array(blocks, { minLength: 2, maxLength: 6 }),
      fc.array(fc.oneof({ weight: 5, arbitrary: fc.nat(9) }, odd), { minLength: 6, maxLength: 6 }),
      fc.integer({ min: 1, max: 500 }),
      fc.string(),
      fc.nat(),
      async (cached, waiting, minCachedTokenDelta, requestId, at) => {
        await using bench = benchOf(cached, { minCachedTokenDelta }, waiting);
        const target = at % cached.length;
        const source = await sourceFor(bench, `a/${target}`, requestId);
        expect(bench.pool.faultCounts()).toEqual({});
        const tokens = cached.map((count) => {
          const value = (count ?? 0) * BLOCK;
          return Number.isFinite(value) && value > 0 ? value : 0;
        });
        const worthwhile = tokens.flatMap((value, i) =>
          value + BLOCK >= Math.max(...tokens) && value - tokens[target]! >= minCachedTokenDelta
            ? [`10.0.0.${i}:8000`]
            : [],
        );
        if (source !== undefined) expect(worthwhile).toContain(source);
        // Nobody but the best by far can be drawn.
        const isClear = tokens.filter((value) => value > 0 && value + BLOCK >= Math.max(...tokens)).length === 1;
        if (isClear) expect(source).toBe(worthwhile[0]);
      },
    );
    await fc.assert(law, { numRuns: 100 });
  });
});

describe('laws of p2p-source-producer', () => {
  it.each(pluginLaws(p2pSourceProducer()))('$name', ({ check }) => check());
});

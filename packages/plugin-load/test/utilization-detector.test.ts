import { type Clock, kvCacheUsage, waitingQueueSize } from '@pointsman/core';
import { createTestBench, type TestBench } from '@pointsman/testkit/harness';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utilizationDetector } from '../src/index.ts';

class SetClock implements Clock {
  ms = 1_700_000_000_000;
  now = () => this.ms;
  schedule = () => () => {};
}

interface Metrics {
  readonly waiting?: number;
  readonly usage?: number;
  readonly ageMs?: number;
}

/** A bench over endpoints with these metrics; what is left out was never written. */
function benchOf(endpoints: readonly Metrics[], params: Parameters<typeof utilizationDetector>[0] = {}): TestBench {
  const clock = new SetClock();
  const now = clock.ms;
  const bench = createTestBench({
    endpoints: endpoints.map((_, i) => ({ id: `a/${i}`, metrics: { neverUpdated: true } })),
    profiles: { default: { filters: [utilizationDetector(params)] } },
    clock,
  });
  for (const [i, { waiting, usage, ageMs = 0 }] of endpoints.entries()) {
    clock.ms = now - ageMs;
    if (waiting !== undefined) bench.pool.setData(`a/${i}`, waitingQueueSize, waiting);
    if (usage !== undefined) bench.pool.setData(`a/${i}`, kvCacheUsage, usage);
  }
  clock.ms = now;
  return bench;
}

const saturationOf = ({ pool }: TestBench) =>
  (pool.inspect()['utilization-detector'] as { readonly saturation: number }).saturation;

describe('utilization-detector', () => {
  it('says why an endpoint is dropped', async () => {
    await using bench = benchOf(
      [
        { waiting: 0, usage: 0 },
        { waiting: 5, usage: 0 },
        { waiting: 0, usage: 0.8 },
        { waiting: 0, usage: 0, ageMs: 2001 },
        {},
      ],
      { headroom: 0 },
    );
    const { call } = await bench.run();
    const reasons = call!.decision.explain().profiles[0]!.dropped.map(({ endpoint, reason }) => [endpoint, reason]);
    expect(reasons).toEqual([
      ['a/1', 'waiting requests at their limit of 5'],
      ['a/2', 'KV-cache use at its limit of 0.8'],
      ['a/3', 'no metrics for 2000 ms'],
      ['a/4', 'no metrics for 2000 ms'],
    ]);
    call!.end();
  });

  it('does not take an idle endpoint, which is scraped once a second, for one that is gone', async () => {
    const endpoints = [
      { waiting: 4, usage: 0.5 },
      { waiting: 0, usage: 0, ageMs: 1100 },
    ];
    await using bench = benchOf(endpoints, { metricsStalenessThreshold: '200ms' });
    expect((await bench.run()).kept()).toEqual(['a/0', 'a/1']);
  });

  it('waits as long as it is told before metrics are old', async () => {
    const endpoints = [{ waiting: 0 }, { waiting: 0, ageMs: 5000 }, { waiting: 0, ageMs: 5001 }];
    await using bench = benchOf(endpoints, { metricsStalenessThreshold: '5s' });
    expect((await bench.run()).kept()).toEqual(['a/0', 'a/1']);
  });

  it('goes by the metric that there is', async () => {
    await using bench = benchOf([{ waiting: 5 }, { waiting: 4 }, { usage: 0.7 }, { usage: 0.9 }]);
    expect((await bench.run()).kept()).toEqual(['a/1', 'a/2']);
  });

  it('keeps all when all are full, and says so', async () => {
    await using bench = benchOf([{ waiting: 5 }, { usage: 1 }]);
    const run = await bench.run();
    expect(run.kept()).toEqual(['a/0', 'a/1']);
    expect(run.explanation!.notes).toEqual([
      { plugin: 'utilization-detector', text: 'every endpoint is full, or its metrics are old; all are kept' },
    ]);
  });

  it('counts what is not known as full', async () => {
    await using bench = benchOf([{ waiting: 0, usage: 0 }, { waiting: 0, usage: Number.NaN }, {}, { waiting: 10 }]);
    expect(saturationOf(bench)).toBe((0 + 1 + 1 + 2) / 4);
    bench.pool.setEndpoints([]);
    expect(saturationOf(bench)).toBe(1);
  });

  it('keeps who is fresh and below both limits, or all', async () => {
    const metrics = fc.record({
      waiting: fc.oneof({ weight: 5, arbitrary: fc.nat(12) }, fc.constantFrom(Number.NaN, -1, Infinity)),
      usage: fc.oneof({ weight: 5, arbitrary: fc.double({ min: 0, max: 1.2 }) }, fc.constantFrom(Number.NaN, -1)),
      ageMs: fc.constantFrom(0, 500, 2000, 2001, 10_000),
    });
    const law = fc.asyncProperty(
      fc.array(metrics, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 10 }),
      fc.double({ min: 0.1, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (endpoints, queueDepthThreshold, kvCacheUtilThreshold, headroom) => {
        await using bench = benchOf(endpoints, { queueDepthThreshold, kvCacheUtilThreshold, headroom });
        const ids = endpoints.map((_, i) => `a/${i}`);
        const good = ids.filter((_, i) => {
          const { waiting, usage, ageMs } = endpoints[i]!;
          const grown = 1 + headroom;
          return ageMs <= 2000 && waiting < queueDepthThreshold * grown && usage < kvCacheUtilThreshold * grown;
        });
        expect((await bench.run()).kept()).toEqual(good.length > 0 ? good : ids);
        expect(Number.isNaN(saturationOf(bench))).toBe(false);
      },
    );
    await fc.assert(law, { numRuns: 100 });
  });
});

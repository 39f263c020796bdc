import {
  createScheduler,
  defineFetcher,
  definePicker,
  definePlugin,
  type Endpoint,
  type EndpointSpec,
  endpointNumber,
  endpointValue,
  maxActiveModels,
  type PluginUse,
  type PoolOptions,
  peerEndpoint,
} from '@pointsman/core';
import { createTestBench, type RecordedEndpoint } from '@pointsman/testkit/harness';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contextLengthAware,
  endpointAttributeFilter,
  endpointAttributeScorer,
  headerBasedTestingFilter,
  labelSelectorFilter,
  loraAffinityScorer,
  topologyAffinityFilter,
  topologyAffinityScorer,
  topologyExtractor,
} from '../src/index.ts';

const lower = { type: 'linear_lower_is_better' as const };

async function scoresOf(use: PluginUse, endpoints: readonly RecordedEndpoint[], tokenCount = 0) {
  await using bench = createTestBench({ endpoints, profiles: { default: { scorers: [use] } } });
  const run = await bench.run({ request: { targetModel: 'lora', tokenized: { prompts: [{ tokenCount }] } } });
  expect(run.explanation?.faults).toEqual([]);
  return run.scores(use.name);
}

describe('attributes', () => {
  it('rate a lower value no worse than a higher one, and the other way round', async () => {
    const value = fc.oneof(
      fc.integer(),
      fc.double(),
      fc.constantFrom(Infinity, -Infinity, Number.MAX_VALUE, -Number.MAX_VALUE),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 2, maxLength: 5 }), async (values) => {
        const numbers = values.filter((number) => !Number.isNaN(number));
        const endpoints = numbers.map((number, i) => ({
          id: `ns/${i}`,
          attributes: { 'q/core-metrics-extractor': number },
        }));
        if (endpoints.length === 0) return;
        const low = await scoresOf(endpointAttributeScorer({ attributeKey: 'q', algorithm: lower }), endpoints);
        const high = await scoresOf(
          endpointAttributeScorer({ attributeKey: 'q', algorithm: { type: 'linear_higher_is_better' } }),
          endpoints,
        );
        for (const [i, a] of numbers.entries()) {
          for (const [j, b] of numbers.entries()) {
            if (a >= b) continue;
            expect(low[`ns/${i}`]).toBeGreaterThanOrEqual(low[`ns/${j}`]!);
            expect(high[`ns/${i}`]).toBeLessThanOrEqual(high[`ns/${j}`]!);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it('of the wrong type count as missing', async () => {
    const q = endpointValue<unknown>()('q/core-metrics-extractor');
    const writer = defineFetcher({
      type: 'writer',
      writes: [q],
      create: ({ write }) => {
        const written = write(q);
        return {
          prepare(_cycle, _sink, endpoints) {
            for (const endpoint of endpoints) written.set(endpoint, { id: '7', 'ns/b': '7' }[endpoint.id] ?? ['7']);
          },
        };
      },
    });
    const algorithm = { type: 'threshold' as const, threshold: { operator: 'Equal' as const, value: 7 } };
    await using bench = createTestBench({
      endpoints: [{ id: 'ns/a' }, { id: 'ns/b' }],
      plugins: [writer()],
      profiles: {
        default: {
          filters: [endpointAttributeFilter({ attribute: 'q', algorithm })],
          scorers: [endpointAttributeScorer({ attributeKey: 'q', algorithm: lower })],
        },
      },
    });
    const run = await bench.run();
    expect(run.kept()).toEqual(['ns/a', 'ns/b']);
    expect(run.scores('endpoint-attribute-scorer')).toEqual({ 'ns/a': 0, 'ns/b': 0 });
    expect(run.explanation?.faults).toEqual([]);
  });

  it('are read from metrics too, under the name of their key', async () => {
    const scores = await scoresOf(endpointAttributeScorer({ attributeKey: 'WaitingQueueSize', algorithm: lower }), [
      { id: 'ns/a', metrics: { waitingQueueSize: 3 } },
      { id: 'ns/b', metrics: { waitingQueueSize: 1 } },
    ]);
    expect(scores).toEqual({ 'ns/a': 0, 'ns/b': 1 });
  });

  it('that nobody writes are missing everywhere', async () => {
    const heat = endpointNumber('heat/core-metrics-extractor');
    expect(heat.hasFallback).toBe(false);
    const algorithm = { type: 'threshold' as const, threshold: { operator: 'LessThan' as const, value: 90 } };
    await using strict = createTestBench({
      endpoints: [{ id: 'ns/a' }],
      profiles: {
        default: { filters: [endpointAttributeFilter({ attribute: 'heat', onMissing: 'Fail', algorithm })] },
      },
    });
    const { error } = await strict.run();
    expect(error).toMatchObject({ code: 'ALL_FILTERED', drops: [{ reason: 'has no attribute heat' }] });
  });
});

describe('LoRA affinity', () => {
  it('never rates a loaded adapter below one that is not', async () => {
    const models = fc.dictionary(fc.constantFrom('lora', 'other', 'third'), fc.constant(1));
    const metrics = fc.record({
      activeModels: models,
      waitingModels: models,
      maxActiveModels: fc.integer({ min: -1, max: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(metrics, { minLength: 2, maxLength: 5 }), async (all) => {
        const scores = await scoresOf(
          loraAffinityScorer(),
          all.map((of, i) => ({ id: `ns/${i}`, metrics: of })),
        );
        for (const [i, { activeModels }] of all.entries()) {
          expect([1, 0.8, 0.6, 0]).toContain(scores[`ns/${i}`]);
          expect(scores[`ns/${i}`] === 1).toBe('lora' in activeModels);
        }
      }),
      { numRuns: 50 },
    );
    expect(maxActiveModels.fallback).toBe(0);
  });
});

describe('context length', () => {
  it('rates a range that holds the prompt above every one that does not', async () => {
    const range = fc
      .tuple(fc.nat(10_000), fc.nat(10_000))
      .map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }));
    await fc.assert(
      fc.asyncProperty(fc.array(range, { minLength: 2, maxLength: 5 }), fc.nat(10_000), async (ranges, length) => {
        const endpoints = ranges.map(({ min, max }, i) => ({
          id: `ns/${i}`,
          labels: { 'llm-d.ai/context-length-range': `${min}-${max}` },
        }));
        const scores = await scoresOf(contextLengthAware(), endpoints, length);
        for (const [i, { min, max }] of ranges.entries()) {
          const score = scores[`ns/${i}`]!;
          if (min <= length && length <= max) expect(score).toBeGreaterThanOrEqual(0.3);
          else expect(score).toBeLessThan(0.3);
        }
      }),
      { numRuns: 50 },
    );
  });
});

const anywhere = definePicker({
  type: 'first',
  create: () => ({
    pick(_candidates, _totals, _cycle, order) {
      order[0] = 0;
      return 1;
    },
  }),
})();

async function consideredBy(options: Omit<PoolOptions, 'endpoints'>, steps: readonly (readonly EndpointSpec[])[]) {
  await using scheduler = createScheduler({ endpoints: [], ...options });
  const pool = scheduler.pools.get('default')!;
  const all: string[][] = [];
  for (const endpoints of steps) {
    pool.setEndpoints(endpoints);
    await using call = await scheduler.schedule({});
    all.push(
      call.decision
        .explain()
        .profiles[0]!.candidates.map(({ endpoint }) => endpoint)
        .sort(),
    );
  }
  return all;
}

const at = (id: string, labels: Record<string, string>): EndpointSpec => ({
  id,
  address: `${id}.example`,
  port: 80,
  labels,
});

describe('an endpoint that changes its labels while it runs', () => {
  it('is selected by the new ones', async () => {
    const filters = [labelSelectorFilter({ matchLabels: { app: 'x' } })];
    const kept = await consideredBy({ profiles: { default: { filters, picker: anywhere } } }, [
      [at('a', { app: 'x' }), at('b', { app: 'y' })],
      [at('a', { app: 'y' }), at('b', { app: 'x' })],
    ]);
    expect(kept).toEqual([['a'], ['b']]);
  });

  it('has the new range of context lengths', async () => {
    const filters = [contextLengthAware({ label: 'range', enableFiltering: true })];
    const profiles = { default: { filters, picker: anywhere } };
    const nobody = defineFetcher({
      type: 'nobody',
      writes: () => filters[0]!.definition.readsOf(filters[0]!.params, ''),
      create: () => ({ prepare() {} }),
    });
    const kept = await consideredBy({ profiles, plugins: [nobody()] }, [
      [at('a', { range: '0-10' }), at('b', { range: '5-10' })],
      [at('a', { range: '5-10' }), at('b', { range: '0-10' })],
    ]);
    expect(kept).toEqual([['a'], ['b']]);
  });

  it('is where the new ones say', async () => {
    const peer = definePlugin({
      type: 'peer',
      writes: [peerEndpoint],
      create: ({ endpoints }) => ({
        preCall: (cycle) => cycle.set(peerEndpoint, endpoints.byId('peer') as Endpoint),
      }),
    });
    const zone = 'topology.kubernetes.io/zone';
    const profiles = { default: { filters: [topologyAffinityFilter({ minAffinity: 'zone' })], picker: anywhere } };
    const kept = await consideredBy({ profiles, plugins: [peer(), topologyExtractor()] }, [
      [at('peer', { [zone]: 'a' }), at('near', { [zone]: 'a' }), at('far', { [zone]: 'b' })],
      [at('peer', { [zone]: 'b' }), at('near', { [zone]: 'a' }), at('far', { [zone]: 'b' })],
      [at('peer', { [zone]: 'b' }), at('near', { [zone]: 'b' }), at('far', {})],
      [at('peer', {}), at('near', { [zone]: 'b' }), at('far', { [zone]: 'b' })],
    ]);
    expect(kept).toEqual([
      ['near', 'peer'],
      ['far', 'peer'],
      ['near', 'peer'],
      ['far', 'near', 'peer'],
    ]);
  });
});

describe('header-based-testing-filter', () => {
  it.each(['2001:db8::1', '[2001:db8::1]', '[2001:db8::1]:8000'])('finds an IPv6 endpoint by %s', async (named) => {
    await using bench = createTestBench({
      endpoints: [
        { id: 'ns/v4', address: '10.0.0.1' },
        { id: 'ns/v6', address: '2001:db8::1' },
      ],
      profiles: { default: { filters: [headerBasedTestingFilter()] } },
    });
    const run = await bench.run({ request: { headers: { 'test-epp-endpoint-selection': named } } });
    expect(run.kept()).toEqual(['ns/v6']);
  });
});

describe('topology', () => {
  it('of a peer that is gone says nothing', async () => {
    await using bench = createTestBench({
      endpoints: [{ id: 'ns/a', attributes: { '@topology': { hostname: 'h1' } } }],
      profiles: { default: { scorers: [topologyAffinityScorer()], filters: [topologyAffinityFilter()] } },
    });
    const gone = { ...bench.pool.endpoints()[0]!, id: 'ns/gone' };
    const attributes = [{ dataType: 'peer-endpoint', producer: 'disagg-profile-handler', value: gone }];
    const run = await bench.run({ request: { attributes } });
    expect(run.scores('topology-affinity-scorer')).toEqual({ 'ns/a': 0 });
    expect(run.kept()).toEqual(['ns/a']);
  });
});

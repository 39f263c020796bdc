import { type Call, createScheduler, definePicker, definePlugin } from '@pointsman/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createTelemetry } from '../src/index.ts';

/** Takes one endpoint after the other. */
const inTurn = definePicker({
  type: 'in-turn',
  create: () => ({
    pick(candidates, _totals, cycle, order) {
      order[0] = cycle.sequence % candidates.length;
      return 1;
    },
  }),
});

/** Counts by endpoint in all ways that there are, and goes on when the endpoint is gone. */
const counting = definePlugin({
  type: 'counting',
  create: ({ metrics, pool }) => {
    const labels = ['pool', 'endpoint'];
    const counter = metrics.counter({ name: 'some_total', help: 'Some.', labels });
    const gauge = metrics.gauge({ name: 'some', help: 'Some.', labels });
    const histogram = metrics.histogram({ name: 'some_seconds', help: 'Some.', labels, buckets: [1] });
    const inFlight = metrics.gauge({
      name: 'pointsman_inflight_requests',
      help: 'Some.',
      labels: ['producer', ...labels],
    });
    const count = (endpoint: string) => {
      counter.add(1, { pool, endpoint });
      gauge.set(1, { pool, endpoint });
      histogram.observe(1, { pool, endpoint });
      inFlight.set(1, { pool, endpoint, producer: 'p' });
    };
    return {
      endpointAdded: ({ id }) => count(id),
      endpointRemoved: ({ id }) => count(id),
      postChoice: (_cycle, { target }) => count(target.id),
      afterResponse: (_cycle, { target }) => count(target.id),
    };
  },
});

const NAMES = ['a', 'b', 'c', 'd', 'e'];
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('join' as const), names: fc.subarray(NAMES) }),
    fc.record({ kind: fc.constant('begin' as const), model: fc.string() }),
    fc.record({ kind: fc.constant('end' as const) }),
    fc.record({ kind: fc.constant('read' as const) }),
  ),
  { maxLength: 20 },
);

/** Names of endpoints on a page, however a metric calls them. */
function namesOn(page: string): Set<string> {
  const named = page.matchAll(/(?:endpoint|model_server_endpoint)="default\/(\w+)"|endpoint_name="(\w+)"/g);
  return new Set([...named].map(([, id, name]) => id ?? name!));
}

it('after any joins and leaves, a page holds the endpoints that are there and no others', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (course) => {
      const telemetry = createTelemetry({ processMetrics: false });
      await using observed = createScheduler({
        endpoints: [],
        plugins: [counting()],
        profiles: { default: { picker: inTurn() } },
        metrics: telemetry.metrics,
      });
      telemetry.observe(observed);
      const scheduler = telemetry.observeAsLlmd(observed);
      const pool = observed.pools.get('default')!;
      const open: Call[] = [];
      for (const step of course) {
        if (step.kind === 'join') {
          pool.setEndpoints(step.names.map((name) => ({ name, address: '10.0.0.1', port: 8000 })));
        } else if (step.kind === 'begin') {
          const call = await scheduler.schedule({ model: step.model }).catch(() => undefined);
          if (call !== undefined) open.push(call);
        } else if (step.kind === 'end') open.shift()?.end();
        else await telemetry.text();
      }
      const living = pool.endpoints().map(({ id }) => id.split('/')[1]!);
      expect([...namesOn(await telemetry.text())].sort()).toEqual(living.sort());
      for (const call of open) call.end();
      expect([...namesOn(await telemetry.text())].sort()).toEqual(living.sort());
    }),
    { numRuns: 60 },
  );
});

it('a metric of a plugin has a limited number of series', async () => {
  const { metrics, text } = createTelemetry({ processMetrics: false });
  const counter = metrics.counter({ name: 'made_up_total', help: 'Made up.', labels: ['user'] });
  const gauge = metrics.gauge({ name: 'made_up', help: 'Made up.', labels: ['user'] });
  for (let i = 0; i < 10_005; i++) {
    counter.add(1, { user: `u${i}` });
    gauge.set(1, { user: `u${i}` });
  }
  const page = await text();
  expect(page).toContain('made_up_total{user="other"} 5\n');
  expect(page.match(/^made_up\{/gm)).toHaveLength(10_000);
});

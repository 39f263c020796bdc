import { createScheduler, definePlugin } from '@pointsman/core';
import { expect, it } from 'vitest';
import { first } from '../../test/first-picker.ts';
import { createTelemetry } from '../index.ts';

/** Counts as the producers of the prefix cache and of the load do. */
const producer = definePlugin({
  type: 'some-producer',
  create: ({ metrics, name: plugin, pool }) => {
    const labels = ['pool', 'plugin'];
    const buckets = [0, 0.5, 1];
    const ratio = metrics.histogram({ name: 'pointsman_prefix_cache_hit_ratio', help: 'Hits.', labels, buckets });
    const inFlight = metrics.gauge({
      name: 'pointsman_inflight_requests',
      help: 'In flight.',
      labels: ['pool', 'producer', 'endpoint'],
    });
    return {
      postChoice(_cycle, { target }) {
        ratio.observe(0.5, { pool, plugin });
        inFlight.set(3, { pool, producer: plugin, endpoint: target.id });
      },
    };
  },
});

it("gives metrics of plugins under llm-d's names too", async () => {
  const telemetry = createTelemetry({ processMetrics: false });
  await using scheduler = createScheduler({
    endpoints: [{ name: 'a', address: '10.0.0.1', port: 8000 }],
    plugins: [producer().as('mine')],
    profiles: { default: { picker: first() } },
    metrics: telemetry.metrics,
  });
  telemetry.observeAsLlmd(scheduler);
  (await scheduler.schedule({ model: 'm' })).end();
  const page = await telemetry.text();
  const of = 'plugin_name="mine",plugin_type="some-producer"';
  for (const line of [
    '# TYPE llm_d_epp_prefix_indexer_hit_ratio histogram',
    `llm_d_epp_prefix_indexer_hit_ratio_bucket{le="0",${of}} 0`,
    `llm_d_epp_prefix_indexer_hit_ratio_bucket{le="0.5",${of}} 1`,
    `llm_d_epp_prefix_indexer_hit_ratio_bucket{le="+Inf",${of}} 1`,
    `llm_d_epp_prefix_indexer_hit_ratio_sum{${of}} 0.5`,
    `llm_d_epp_prefix_indexer_hit_ratio_count{${of}} 1`,
    'llm_d_epp_inflight_requests{endpoint_name="a",namespace="default",producer_name="mine"} 3',
    'pointsman_inflight_requests{pool="default",producer="mine",endpoint="default/a"} 3',
  ]) {
    expect(page).toContain(`${line}\n`);
  }
  // Nobody counts these.
  expect(page).not.toMatch(/^llm_d_epp_(prefix_indexer_size|inflight_tokens)/m);
});

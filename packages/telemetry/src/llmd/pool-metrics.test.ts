import {
  createScheduler,
  defineFetcher,
  defineScorer,
  kvCacheUsage,
  runningRequestsSize,
  waitingQueueSize,
} from '@pointsman/core';
import { expect, it } from 'vitest';
import { first } from '../../test/first-picker.ts';
import { createTelemetry } from '../index.ts';

const keys = [waitingQueueSize, runningRequestsSize, kvCacheUsage] as const;
const silent = defineFetcher({ type: 'core-metrics-extractor', writes: keys, create: () => ({ prepare() {} }) });
const reader = defineScorer({ type: 'reader', reads: keys, create: () => ({ score: () => 1 }) });

it('sums up what the endpoints of a pool report', async () => {
  const telemetry = createTelemetry({ processMetrics: false });
  await using scheduler = createScheduler({
    endpoints: ['a', 'b', 'c'].map((name, i) => ({ name, address: '10.0.0.1', port: 8000 + i })),
    plugins: [silent()],
    profiles: { default: { scorers: [reader()], picker: first() } },
  });
  telemetry.observeAsLlmd(scheduler);
  expect(await telemetry.text()).not.toMatch(/^llm_d_epp_average/m);
  const pool = scheduler.pools.get('default')!;
  // The third has not reported: it counts nowhere.
  for (const [id, waiting, running, kvCache] of [
    ['default/a', 4, 1, 0.5],
    ['default/b', 0, 3, 0.7],
  ] as const) {
    pool.setData(id, waitingQueueSize, waiting);
    pool.setData(id, runningRequestsSize, running);
    pool.setData(id, kvCacheUsage, kvCache);
  }
  const page = await telemetry.text();
  for (const line of [
    'llm_d_epp_average_kv_cache_utilization{name="default"} 0.6',
    'llm_d_epp_average_queue_size{name="default"} 2',
    'llm_d_epp_average_running_requests{name="default"} 2',
    'llm_d_epp_std_dev_queue_size{name="default"} 2',
    'llm_d_epp_std_dev_running_requests{name="default"} 1',
    'llm_d_epp_per_endpoint_queue_size{name="default",model_server_endpoint="default/a"} 4',
    'llm_d_epp_per_endpoint_queue_size{name="default",model_server_endpoint="default/b"} 0',
  ]) {
    expect(page).toContain(`${line}\n`);
  }
  expect(page).toMatch(/^llm_d_epp_std_dev_kv_cache_utilization\{name="default"\} 0\.0?(1|09999)/m);
  expect(page).not.toContain('default/c');
  pool.setEndpoints([]);
  expect(await telemetry.text()).not.toMatch(/^llm_d_epp_(average|std_dev|per_endpoint)/m);
});

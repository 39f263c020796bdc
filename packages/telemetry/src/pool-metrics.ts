import {
  type DataKey,
  kvCacheUsage,
  type Pool,
  runningRequestsSize,
  type Scheduler,
  waitingQueueSize,
} from '@pointsman/core';
import { Gauge, type Registry } from 'prom-client';

/** Numbers of endpoints that pools are summed up by. */
const WAITING = waitingQueueSize as DataKey;
const RUNNING = runningRequestsSize as DataKey;
const KV_CACHE = kvCacheUsage as DataKey;

/**
 * Sums up what the model servers of each pool report, under the names that llm-d's endpoint picker gives the metrics.
 * Computed when the page is read, over the endpoints that have reported; a pool where none has is left out.
 */
export function observePools(scheduler: Scheduler, registry: Registry): void {
  const gauge = (name: string, help: string, key: DataKey, summary: (values: readonly number[]) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['name'],
      registers: [registry],
      collect() {
        this.reset();
        for (const pool of scheduler.pools.values()) {
          const values = reported(pool, key).map(({ value }) => value);
          if (values.length > 0) this.set({ name: pool.name }, summary(values));
        }
      },
    });
  gauge('llm_d_epp_average_kv_cache_utilization', 'Mean share of the KV caches in use.', KV_CACHE, mean);
  gauge('llm_d_epp_average_queue_size', 'Mean number of waiting requests.', WAITING, mean);
  gauge('llm_d_epp_average_running_requests', 'Mean number of running requests.', RUNNING, mean);
  gauge('llm_d_epp_std_dev_kv_cache_utilization', 'Spread of the share in use.', KV_CACHE, deviation);
  gauge('llm_d_epp_std_dev_queue_size', 'Spread of the number of waiting requests.', WAITING, deviation);
  gauge('llm_d_epp_std_dev_running_requests', 'Spread of the number of running requests.', RUNNING, deviation);
  new Gauge({
    name: 'llm_d_epp_per_endpoint_queue_size',
    help: 'Requests that wait at each endpoint.',
    labelNames: ['name', 'model_server_endpoint'],
    registers: [registry],
    collect() {
      this.reset();
      for (const pool of scheduler.pools.values()) {
        for (const { endpoint, value } of reported(pool, WAITING)) {
          this.set({ name: pool.name, model_server_endpoint: endpoint }, value);
        }
      }
    },
  });
}

function reported(pool: Pool, { id }: DataKey): readonly { readonly endpoint: string; readonly value: number }[] {
  return pool.endpoints().flatMap((endpoint) => {
    const value = pool.dataOf(endpoint)[id];
    return typeof value === 'number' && Number.isFinite(value) ? [{ endpoint: endpoint.id, value }] : [];
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation of these values, not of a population behind them. */
function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

import {
  type DataKey,
  kvCacheUsage,
  type Pool,
  runningRequestsSize,
  type Scheduler,
  waitingQueueSize,
} from '@pointsman/core';
import type { Registry } from 'prom-client';
import { addFamily } from '../series/add-family.ts';
import type { Sample } from '../series/family.ts';

/** Numbers of endpoints that pools are summed up by. */
const KEYS = {
  waiting: waitingQueueSize as DataKey,
  running: runningRequestsSize as DataKey,
  kvCache: kvCacheUsage as DataKey,
};

type Readings = { readonly [Key in keyof typeof KEYS]: { readonly endpoint: string; readonly value: number }[] };

/**
 * Sums up what the model servers of each pool report, under the names that llm-d's endpoint picker gives the metrics.
 * Computed when the page is read, over the endpoints that have reported; a pool where none has is left out.
 */
export function observePools({ pools }: Scheduler, registry: Registry): void {
  const readings = readOnce(() => [...pools.values()].map((pool) => [pool.name, read(pool)] as const));
  const gauge = (name: string, help: string, key: keyof Readings, summary: (values: readonly number[]) => number) =>
    addFamily(registry, {
      name,
      help,
      type: 'gauge',
      *samples(): Generator<Sample> {
        for (const [pool, { [key]: reported }] of readings()) {
          if (reported.length > 0) yield [{ name: pool }, summary(reported.map(({ value }) => value))];
        }
      },
    });
  addFamily(registry, {
    name: 'llm_d_epp_ready_endpoints',
    help: 'Endpoints of each pool that can be picked.',
    type: 'gauge',
    *samples(): Generator<Sample> {
      for (const pool of pools.values()) yield [{ name: pool.name }, pool.endpoints().length];
    },
  });
  gauge('llm_d_epp_average_kv_cache_utilization', 'Mean share of the KV caches in use, 0 to 1.', 'kvCache', mean);
  gauge('llm_d_epp_average_queue_size', 'Mean number of waiting requests.', 'waiting', mean);
  gauge('llm_d_epp_average_running_requests', 'Mean number of running requests.', 'running', mean);
  gauge('llm_d_epp_std_dev_kv_cache_utilization', 'Spread of the share in use.', 'kvCache', deviation);
  gauge('llm_d_epp_std_dev_queue_size', 'Spread of the number of waiting requests.', 'waiting', deviation);
  gauge('llm_d_epp_std_dev_running_requests', 'Spread of the number of running requests.', 'running', deviation);
  addFamily(registry, {
    name: 'llm_d_epp_per_endpoint_queue_size',
    help: 'Requests that wait at each endpoint.',
    type: 'gauge',
    *samples(): Generator<Sample> {
      for (const [pool, { waiting }] of readings()) {
        for (const { endpoint, value } of waiting) yield [{ name: pool, model_server_endpoint: endpoint }, value];
      }
    },
  });
}

/** One look at the endpoints serves all metrics of a page: a registry asks them one after the other, at once. */
function readOnce<T>(look: () => T): () => T {
  let seen: { readonly value: T } | undefined;
  return () => {
    if (seen === undefined) {
      seen = { value: look() };
      queueMicrotask(() => {
        seen = undefined;
      });
    }
    return seen.value;
  };
}

function read(pool: Pool): Readings {
  const readings: Readings = { waiting: [], running: [], kvCache: [] };
  for (const endpoint of pool.endpoints()) {
    const data = pool.dataOf(endpoint);
    for (const key of ['waiting', 'running', 'kvCache'] as const) {
      const value = data[KEYS[key].id];
      if (typeof value === 'number' && Number.isFinite(value)) readings[key].push({ endpoint: endpoint.id, value });
    }
  }
  return readings;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation of these values, not of a population behind them. */
function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

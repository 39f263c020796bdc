import { ConfigError, createConfiguredScheduler, type PluginCatalog } from '@pointsman/config';
import {
  activeModels,
  kvCacheUsage,
  maxActiveModels,
  PointsmanError,
  type RequestInput,
  runningRequestsSize,
  type SchedulerHost,
  SeededRandom,
  waitingModels,
  waitingQueueSize,
} from '@pointsman/core';

const ROLES = ['decode', 'prefill', 'encode-prefill-decode', 'decode'];

/** A scheduler with endpoints that have labels and data, or why it cannot decide. */
export type LoadedPool =
  | { readonly scheduler: SchedulerHost; readonly why?: undefined }
  | { readonly why: string; readonly scheduler?: undefined };

/** Builds a configuration over `count` endpoints, and tries one decision. */
export async function loadPool(
  text: string,
  count: number,
  catalog: PluginCatalog,
  request: RequestInput,
): Promise<LoadedPool> {
  try {
    const { scheduler } = await createConfiguredScheduler({ catalog, text });
    fill(scheduler, count);
    (await scheduler.schedule(request)).end();
    return { scheduler };
  } catch (error) {
    if (ConfigError.is(error)) return { why: error.problems[0]?.message ?? error.message };
    if (PointsmanError.is(error)) return { why: error.message };
    throw error;
  }
}

function fill(scheduler: SchedulerHost, count: number): void {
  const random = new SeededRandom(1, count);
  for (const pool of scheduler.pools.values()) {
    pool.setEndpoints(
      Array.from({ length: count }, (_, i) => ({
        address: `10.0.${i >> 8}.${i & 255}`,
        port: 8000,
        labels: {
          'llm-d.ai/role': ROLES[i % ROLES.length]!,
          'llm-d.ai/context-length-range': i % 2 === 0 ? '0-8192' : '8192-131072',
          'topology.kubernetes.io/zone': `zone-${i % 3}`,
        },
      })),
    );
    for (const { id } of pool.endpoints()) {
      pool.setData(id, waitingQueueSize, random.below(20));
      pool.setData(id, runningRequestsSize, random.below(30));
      pool.setData(id, kvCacheUsage, random.next());
      pool.setData(id, activeModels, new Set([`adapter-${random.below(8)}`]));
      pool.setData(id, waitingModels, new Set());
      pool.setData(id, maxActiveModels, 4);
    }
  }
}

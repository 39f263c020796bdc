import {
  activeModels,
  type Call,
  createScheduler,
  defineFetcher,
  kvCacheUsage,
  maxActiveModels,
  prefixMatch,
  type SchedulerHost,
  SeededRandom,
  waitingModels,
  waitingQueueSize,
} from '@pointsman/core';
import { kvCacheUtilizationScorer, queueScorer } from '@pointsman/plugin-load';
import { loraAffinityScorer } from '@pointsman/plugin-placement';
import { prefixCacheScorer } from '@pointsman/plugin-prefix-cache';
import { maxScorePicker } from '@pointsman/plugin-selection';
import { allocatedBytes } from './measure/allocated-bytes.ts';
import type { EndpointState } from './measure/endpoint-state.ts';
import { inTurns } from './measure/in-turns.ts';
import { MapScheduler } from './measure/map-scheduler.ts';

/**
 * One decision with four scorers and the max-score picker, explanation on, against the same arithmetic with a map per
 * scorer: time and bytes allocated, by the number of endpoints.
 */
const SIZES = [5, 25, 100, 1_000, 4_000];
const MODEL = 'adapter-3';

function makeStates(count: number): readonly EndpointState[] {
  const random = new SeededRandom(1, count);
  return Array.from({ length: count }, (_, i) => ({
    id: `default/server-${i}`,
    waiting: random.below(20),
    kvUsage: random.next(),
    matchBlocks: random.below(40),
    totalBlocks: 40,
    active: new Set([`adapter-${random.below(8)}`, `adapter-${random.below(8)}`]),
    maxActive: 4,
  }));
}

function makeScheduler(states: readonly EndpointState[]): SchedulerHost {
  const match = prefixMatch();
  const matches = new Map(states.map((state) => [state.id, state]));
  const recorded = defineFetcher({
    type: 'approx-prefix-cache-producer',
    writes: [match],
    create: () => ({
      prepare(_cycle, sink, endpoints) {
        const rows = sink.candidates(match);
        const { matchBlocks, totalBlocks, blockSizeTokens } = rows.fields;
        for (let i = 0; i < endpoints.length; i++) {
          const { row } = endpoints[i]!;
          matchBlocks[row] = states[i]!.matchBlocks;
          totalBlocks[row] = 40;
          blockSizeTokens[row] = 64;
          rows.mark(row);
        }
      },
    }),
  });
  const metrics = defineFetcher({
    type: 'core-metrics-extractor',
    writes: [waitingQueueSize, kvCacheUsage, activeModels, waitingModels, maxActiveModels],
    create: () => ({ stream: () => new Promise<void>(() => {}) }),
  });
  const scheduler = createScheduler({
    endpoints: states.map(({ id }, i) => ({ id, address: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, port: 8000 })),
    plugins: [recorded(), metrics()],
    profiles: {
      default: {
        scorers: [
          [queueScorer(), 2],
          [kvCacheUtilizationScorer(), 2],
          [prefixCacheScorer(), 3],
          [loraAffinityScorer(), 1],
        ],
        picker: maxScorePicker(),
      },
    },
  });
  const pool = scheduler.pools.get('default')!;
  for (const { id } of pool.endpoints()) {
    const state = matches.get(id)!;
    pool.setData(id, waitingQueueSize, state.waiting);
    pool.setData(id, kvCacheUsage, state.kvUsage);
    pool.setData(id, activeModels, state.active);
    pool.setData(id, waitingModels, new Set());
    pool.setData(id, maxActiveModels, state.maxActive);
  }
  return scheduler;
}

const request = { id: 'request', model: MODEL, targetModel: MODEL, headers: {}, path: '/v1/completions' };

async function decide(scheduler: SchedulerHost, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const call: Call = await scheduler.schedule(request);
    call.end();
  }
}

const results: Record<string, unknown> = {};
console.log('endpoints      ns   bytes   with maps ns    ratio');
for (const count of SIZES) {
  const states = makeStates(count);
  const scheduler = makeScheduler(states);
  const maps = new MapScheduler(states);
  const times = Math.max(20, Math.round(100_000 / (count + 40)));
  const [ns = 0, mapsNs = 0] = await inTurns(
    [() => decide(scheduler, times), async () => void maps.decideMany(MODEL, times)],
    times,
  );
  const bytes = await allocatedBytes((n) => decide(scheduler, n));
  await scheduler.close();
  results[count] = { ns: Math.round(ns), bytes: Math.round(bytes), withMapsNs: Math.round(mapsNs), ratio: ns / mapsNs };
  console.log(
    `${String(count).padStart(9)} ${ns.toFixed(0).padStart(7)} ${bytes.toFixed(0).padStart(7)} ${mapsNs.toFixed(0).padStart(14)} ${(ns / mapsNs).toFixed(3).padStart(8)}`,
  );
}
if (process.env['BENCH_JSON'] === '1') console.log(JSON.stringify({ decision: results }));

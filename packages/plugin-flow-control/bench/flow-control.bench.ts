import { performance } from 'node:perf_hooks';
import {
  type Call,
  createScheduler,
  definePicker,
  definePlugin,
  type PluginUse,
  type SchedulerHost,
} from '@pointsman/core';
import { flowControl } from '../src/index.ts';

/**
 * What flow control costs a request: one that is let in at once, against the same without flow control; and one that waits
 * among others, from coming to its place, by how many wait.
 */
const CALLS = 500;
const ROUNDS = 41;
const WARM_UP_ROUNDS = 15;
const WAITING = [100, 1000, 10_000];
const ENDPOINTS = 10;

let running = 0;
let capacity = Number.POSITIVE_INFINITY;

/** Counts what runs in one number: about the least that a detector can do. */
const detector = definePlugin({
  type: 'detector',
  create: () => ({
    postChoice: () => {
      running++;
      return () => void running--;
    },
    saturation: () => running / capacity,
  }),
});

const inTurn = definePicker({
  type: 'in-turn',
  create: () => ({
    pick(candidates, _totals, cycle, order) {
      order[0] = cycle.sequence % candidates.length;
      return 1;
    },
  }),
});

function scheduler(plugins: readonly PluginUse[]): SchedulerHost {
  return createScheduler({
    endpoints: Array.from({ length: ENDPOINTS }, (_, i) => ({ address: '10.0.0.1', port: 8000 + i })),
    profiles: { default: { picker: inTurn() } },
    plugins: [...plugins, detector()],
    recent: { decisions: 1, bytes: 0 },
  });
}

const fair = { fairness: 'round-robin-fairness-policy', maxRequests: 1_000_000 } as const;
const withFlowControl = () => scheduler([flowControl({ saturationDetector: 'detector', defaultBand: fair })]);

function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)]!;
}

async function atOnce(host: SchedulerHost): Promise<number> {
  await host.start();
  capacity = Number.POSITIVE_INFINITY;
  const samples: number[] = [];
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    const startedAt = performance.now();
    for (let i = 0; i < CALLS; i++) (await host.schedule({ model: 'm' })).end();
    if (round >= WARM_UP_ROUNDS) samples.push(((performance.now() - startedAt) * 1000) / CALLS);
  }
  await host.close();
  return median(samples);
}

/** As many wait as given, always: whoever gets a place makes room for the next, and another one comes. */
async function queued(waiting: number): Promise<number> {
  const host = withFlowControl();
  await host.start();
  capacity = 1;
  let sequence = 0;
  const next = (): Promise<Call> => {
    sequence++;
    return host.schedule({ model: 'm', headers: { 'x-llm-d-inference-fairness-id': `tenant ${sequence % 50}` } });
  };
  let left = CALLS * (WARM_UP_ROUNDS + ROUNDS);
  const samples: number[] = [];
  let startedAt = performance.now();
  let isOver = false;
  await new Promise<void>((resolve) => {
    const follow = (placed: Promise<Call>): void => {
      placed.then(
        (call) => {
          if (!isOver && --left % CALLS === 0) {
            const now = performance.now();
            samples.push(((now - startedAt) * 1000) / CALLS);
            startedAt = now;
          }
          if (left === 0) {
            isOver = true;
            resolve();
          }
          call.end();
          if (!isOver) follow(next());
        },
        () => {},
      );
    };
    for (let i = 0; i <= waiting; i++) follow(next());
  });
  await host.close();
  return median(samples.slice(WARM_UP_ROUNDS));
}

const without = await atOnce(scheduler([]));
const immediate = await atOnce(withFlowControl());
const results: Record<string, number> = { withoutUs: without, atOnceUs: immediate };
console.log(`without flow control       ${without.toFixed(2)} us a call`);
console.log(`let in at once             ${immediate.toFixed(2)} us a call`);
for (const waiting of WAITING) {
  const us = await queued(waiting);
  results[`queued${waiting}Us`] = us;
  console.log(`${String(waiting).padStart(6)} others wait         ${us.toFixed(2)} us a call`);
}
if (process.env['BENCH_JSON'] === '1') console.log(JSON.stringify(results));

import { performance } from 'node:perf_hooks';
import {
  createScheduler,
  defineFetcher,
  definePlugin,
  kvCacheUsage,
  runningRequestsSize,
  type Scheduler,
  waitingQueueSize,
} from '@pointsman/core';
import { createTelemetry, type Telemetry } from '../src/index.ts';
import { first } from '../test/first-picker.ts';

/**
 * What metrics cost: one request (decision, first token, usage, end) without them, with Pointsman's own, and with llm-d's
 * beside them; and one page, by the number of endpoints and of models: how long it takes, for how long at most nothing else
 * is done meanwhile, and how long prom-client's own writer takes for it, in one go.
 */
const CALLS = 500;
const ROUNDS = 41;
const WARM_UP_ROUNDS = 15;
const keys = [waitingQueueSize, runningRequestsSize, kvCacheUsage] as const;

/** As the fetcher of metrics and the producer of load: three numbers, and two gauges, of each endpoint. */
const silent = defineFetcher({ type: 'core-metrics-extractor', writes: keys, create: () => ({ prepare() {} }) });
const load = definePlugin({
  type: 'inflight-load-producer',
  create: ({ metrics, name: producer, pool }) => {
    const labels = ['pool', 'producer', 'endpoint'];
    const requests = metrics.gauge({ name: 'pointsman_inflight_requests', help: 'Requests.', labels });
    const tokens = metrics.gauge({ name: 'pointsman_inflight_tokens', help: 'Tokens.', labels });
    return {
      endpointAdded({ id: endpoint }) {
        requests.set(1, { pool, producer, endpoint });
        tokens.set(1, { pool, producer, endpoint });
      },
    };
  },
});

interface Contestant {
  readonly scheduler: Scheduler;
  readonly telemetry: Telemetry;
}

function contestant(endpoints: number, observed: 'nobody' | 'pointsman' | 'llm-d'): Contestant {
  const telemetry = createTelemetry();
  const scheduler = createScheduler({
    endpoints: Array.from({ length: endpoints }, (_, i) => ({ address: `10.0.${i >> 8}.${i & 255}`, port: 8000 })),
    plugins: [silent(), load()],
    profiles: { default: { picker: first() } },
    metrics: telemetry.metrics,
  });
  const pool = scheduler.pools.get('default')!;
  for (const { id } of pool.endpoints()) for (const key of keys) pool.setData(id, key, 0.5);
  if (observed !== 'nobody') telemetry.observe(scheduler);
  return { telemetry, scheduler: observed === 'llm-d' ? telemetry.observeAsLlmd(scheduler) : scheduler };
}

async function calls(scheduler: Scheduler, count: number, modelOf: (i: number) => string): Promise<void> {
  const headers = { 'x-llm-d-inference-fairness-id': 'team' };
  for (let i = 0; i < count; i++) {
    const call = await scheduler.schedule({ stream: true, model: modelOf(i), headers });
    call.firstToken();
    const usage = { promptTokens: 1200, cachedTokens: 600, outputTokens: 33 };
    call.complete(usage);
    call.end({ usage });
  }
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;

const contestants = [contestant(10, 'nobody'), contestant(10, 'pointsman'), contestant(10, 'llm-d')];
const samples = contestants.map((): number[] => []);
for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
  // In turns, so that what else the machine does hits all of them alike.
  for (const [i, { scheduler }] of contestants.entries()) {
    const before = performance.now();
    await calls(scheduler, CALLS, () => 'model');
    if (round >= 0) samples[i]!.push(((performance.now() - before) * 1000) / CALLS);
  }
}
const [withoutUs = 0, ownUs = 0, llmdUs = 0] = samples.map(median);
for (const { scheduler } of contestants) await scheduler.close();
console.log('us a request: without metrics   own   own and llm-d');
console.log([withoutUs, ownUs, llmdUs].map((us) => us.toFixed(2).padStart(16)).join(' '));

/** Makes a page while the event loop turns. */
async function pageMeanwhile(telemetry: Telemetry): Promise<{ ms: number; longestMs: number; bytes: number }> {
  let longestMs = 0;
  let isDone = false;
  const before = performance.now();
  let turnedMs = before;
  const turn = () => {
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - turnedMs);
    turnedMs = nowMs;
    if (!isDone) setImmediate(turn);
  };
  setImmediate(turn);
  const { length: bytes } = await telemetry.text();
  isDone = true;
  turn();
  return { ms: performance.now() - before, longestMs, bytes };
}

const PAGES = 15;
const pages: Record<string, unknown> = {};
console.log("endpoints   models   ms a page   ms nothing else is done   ms with prom-client's writer   KB");
for (const [endpoints, models] of [
  [10, 1],
  [1000, 1],
  [10, 1000],
  [1000, 1000],
] as const) {
  const { scheduler, telemetry } = contestant(endpoints, 'llm-d');
  await calls(scheduler, models, (i) => `model-${i}`);
  const took = { own: [] as number[], longest: [] as number[], client: [] as number[] };
  let bytes = 0;
  for (let i = 0; i < PAGES; i++) {
    const own = await pageMeanwhile(telemetry);
    const before = performance.now();
    await telemetry.registry.metrics();
    took.client.push(performance.now() - before);
    took.own.push(own.ms);
    took.longest.push(own.longestMs);
    bytes = own.bytes;
  }
  await scheduler.close();
  const [ms, longestMs, clientMs] = [took.own, took.longest, took.client].map(median);
  pages[`${endpoints} endpoints, ${models} models`] = { ms, longestMs, clientMs, bytes };
  const cells = [ms, longestMs, clientMs].map((each) => each!.toFixed(1));
  console.log(
    `${String(endpoints).padEnd(11)} ${String(models).padEnd(8)} ${cells[0]!.padEnd(11)} ${cells[1]!.padEnd(25)} ${cells[2]!.padEnd(30)} ${(bytes / 1024).toFixed(0)}`,
  );
}
if (process.env['BENCH_JSON'] === '1') console.log(JSON.stringify({ requestUs: { withoutUs, ownUs, llmdUs }, pages }));

import {
  type Call,
  createScheduler,
  defineFetcher,
  definePicker,
  definePlugin,
  kvCacheUsage,
  type PluginUse,
  runningRequestsSize,
  SeededRandom,
  tokenizedPrompt,
  type WeightedScorer,
  waitingQueueSize,
} from '@pointsman/core';
import { VirtualClock } from '@pointsman/testkit/harness';
import { createSimEngine, type SimEngine, type Speed } from '@pointsman/testkit/sim';

/** How often the model servers' metrics become known, in milliseconds. */
const SCRAPE_MS = 200;

export interface FleetOptions {
  /** Milliseconds a prompt token and between two tokens, by endpoint name. */
  readonly speeds: Readonly<Record<string, Pace>>;
  readonly plugins?: readonly PluginUse[];
  readonly scorers: readonly WeightedScorer[];
  readonly picker: PluginUse;
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly seed: number;
  /** False: nobody knows queues, KV cache and running requests. */
  readonly isScraped?: boolean;
  /** Changes of speed, by the number of the request before which they happen. */
  readonly changes?: Readonly<Record<number, Readonly<Record<string, Pace>>>>;
}

export interface Pace {
  readonly prefillMsPerToken: number;
  readonly decodeMs: number;
}

/** One request as it went. */
export interface Served {
  readonly number: number;
  readonly endpoint: string;
  readonly ttftMs: number;
  readonly totalMs: number;
}

export interface FleetRun {
  /** In the order of arrival. */
  readonly served: readonly Served[];
  readonly faults: readonly string[];
  /** What plugins show at the end. */
  readonly inspected: Readonly<Record<string, unknown>>;
  /** Remarks in the explanation of the last decision. */
  readonly notes: readonly string[];
}

/** Runs the real scheduler before simulated engines in virtual time. Same options, same run. */
export async function runFleet(options: FleetOptions): Promise<FleetRun> {
  const clock = new VirtualClock();
  const engines = new Map(
    Object.entries(options.speeds).map(([name, pace], i) => [name, createEngine(pace, i, clock)] as const),
  );
  let scrape = () => {};
  const metrics = definePlugin({
    type: 'simulated-metrics',
    writes: [waitingQueueSize, runningRequestsSize, kvCacheUsage],
    create: ({ write, endpoints }) => {
      const [waiting, running, usage] = [write(waitingQueueSize), write(runningRequestsSize), write(kvCacheUsage)];
      scrape = () => {
        for (const endpoint of endpoints.list()) {
          const stats = engines.get(endpoint.address)!.stats();
          waiting.set(endpoint, stats.waiting);
          running.set(endpoint, stats.running);
          usage.set(endpoint, stats.kvUsage);
        }
      };
      return {};
    },
  });
  let promptTokens = 0;
  const tokens = defineFetcher({
    type: 'simulated-tokens',
    writes: [tokenizedPrompt],
    create: () => ({
      prepare(_cycle, sink) {
        const prompt = { packed: new Uint8Array(0), count: promptTokens, multimodal: [] };
        sink.set(tokenizedPrompt, { prompts: [prompt], cacheSalt: '' });
      },
    }),
  });
  await using scheduler = createScheduler({
    endpoints: Object.keys(options.speeds).map((name) => ({ id: name, address: name, port: 8000 })),
    plugins: [metrics(), tokens(), ...(options.plugins ?? [])],
    profiles: { default: { scorers: options.scorers, picker: options.picker } },
    seed: `fleet-${options.seed}`,
    clock,
  });
  await scheduler.start();
  const pool = scheduler.pools.get('default')!;
  const faults: string[] = [];
  scheduler.on('fault', ({ plugin, stage, error }) => faults.push(`${plugin} in ${stage}: ${String(error)}`));

  const random = new SeededRandom(options.seed, 1);
  const served: Served[] = [];
  const due: Arrival[] = [];
  let arrived = 0;
  let notes: readonly string[] = [];
  const arrive = (): void => {
    due.push(draw(random, arrived++));
    if (arrived < options.requests)
      clock.schedule((-Math.log(1 - random.next()) * 1000) / options.requestsPerSecond, arrive);
  };
  const keepScraping = (): void => {
    scrape();
    if (served.length < options.requests) clock.schedule(SCRAPE_MS, keepScraping);
  };
  arrive();
  if (options.isScraped !== false) keepScraping();

  do {
    for (const arrival of due.splice(0)) {
      for (const [name, pace] of Object.entries(options.changes?.[arrival.number] ?? {})) {
        engines.get(name)!.retune(speedOf(pace));
      }
      promptTokens = arrival.promptTokens;
      const call = await scheduler.schedule({ stream: true });
      if (arrival.number === options.requests - 1) notes = call.decision.explain().notes.map(({ text }) => text);
      serve(call, arrival, engines.get(call.decision.target.address)!, clock, served);
    }
  } while (served.length < options.requests && clock.step());
  const inspected = pool.inspect();
  served.sort((a, b) => a.number - b.number);
  for (const engine of engines.values()) engine.close();
  return { served, faults, inspected, notes };
}

/** Takes the endpoints in turn. */
export const roundRobinPicker = definePicker({
  type: 'simulated-round-robin',
  create: () => ({
    pick(candidates, _totals, cycle, order) {
      order[0] = cycle.sequence % candidates.length;
      return 1;
    },
  }),
});

interface Arrival {
  readonly number: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
}

/** Many short prompts, few long ones. */
function draw(random: SeededRandom, number: number): Arrival {
  const promptTokens = Math.round(100 * 60 ** (random.next() * random.next() + 0.3 * random.next()));
  return { number, promptTokens, outputTokens: 20 + random.below(180) };
}

function serve(call: Call, arrival: Arrival, engine: SimEngine, clock: VirtualClock, served: Served[]): void {
  const { number, promptTokens, outputTokens } = arrival;
  const endpoint = call.decision.target.id;
  const arrivedAt = clock.now();
  let ttftMs = Number.NaN;
  const sequence = engine.submit({
    prompt: Uint32Array.from({ length: promptTokens }, (_, i) => number * 1_000_000 + i),
    outputTokens,
    listener: {
      started() {},
      token(index) {
        if (index > 0) return;
        ttftMs = clock.now() - arrivedAt;
        call.firstToken();
      },
      ended() {
        const usage = { promptTokens, cachedTokens: 0, outputTokens };
        call.complete(usage);
        call.end({ usage });
        served.push({ number, endpoint, ttftMs, totalMs: clock.now() - arrivedAt });
      },
    },
  });
  if (typeof sequence === 'string') throw new Error(`${endpoint} refused request ${number}: ${sequence}`);
}

function speedOf(pace: Pace): Partial<Speed> {
  return { prefillTimePerTokenMs: pace.prefillMsPerToken, interTokenLatencyMs: pace.decodeMs };
}

function createEngine(pace: Pace, seed: number, clock: VirtualClock): SimEngine {
  const speed: Speed = {
    latencyCalculator: 'per-token',
    timeToFirstTokenMs: 0,
    timeToFirstTokenStdDevMs: 0,
    interTokenLatencyMs: 0,
    interTokenLatencyStdDevMs: 2,
    prefillOverheadMs: 15,
    prefillTimePerTokenMs: 0,
    prefillTimeStdDevMs: 20,
    kvCacheTransferLatencyMs: 0,
    kvCacheTransferLatencyStdDevMs: 0,
    kvCacheTransferTimePerTokenMs: 0,
    kvCacheTransferTimeStdDevMs: 0,
    timeFactorUnderLoad: 1.5,
    ...speedOf(pace),
  };
  const limits = { maxNumSeqs: 32, maxWaitingQueueLength: 100_000, maxNumBatchedTokens: 2048, maxLoras: 1 };
  return createSimEngine({ speed, ...limits, kvCache: { blockSize: 16, blockCount: 4096 }, seed }, clock);
}

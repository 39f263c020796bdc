import { performance } from 'node:perf_hooks';
import {
  createScheduler,
  defineFetcher,
  definePicker,
  defineScorer,
  type PluginUse,
  runningRequestsSize,
  type SchedulerHost,
  type TokenizedPrompt,
  tokenizedPrompt,
  type WeightedScorer,
  waitingQueueSize,
} from '@pointsman/core';
import { endpointSpeedProducer, expectedLatencyScorer } from '../src/index.ts';

/**
 * Whole calls (decision, first token, usage, end) with the producer and the scorer, against the same calls with a scorer
 * that compares one column and with the producer alone. All endpoints have taught something.
 */
const SIZES = [10, 100, 1000];
const CALLS = 200;
const ROUNDS = 41;
const WARM_UP_ROUNDS = 15;

/** Compares the queues: about the least that a scorer can do. */
const column = defineScorer({
  type: 'column',
  reads: [waitingQueueSize],
  create: ({ read }) => {
    const waiting = read(waitingQueueSize);
    return {
      scoreAll(candidates, _cycle, out) {
        const { values } = waiting;
        let most = 1;
        for (let i = 0; i < candidates.length; i++) most = Math.max(most, values[candidates.rows[i]!]!);
        for (let i = 0; i < candidates.length; i++) out[i] = 1 - values[candidates.rows[i]!]! / most;
      },
    };
  },
});

const prompt: TokenizedPrompt = {
  prompts: [{ packed: new Uint8Array(0), count: 1200, multimodal: [] }],
  cacheSalt: '',
};
const data = defineFetcher({
  type: 'data',
  writes: [tokenizedPrompt, waitingQueueSize, runningRequestsSize],
  create: () => ({ prepare: (_cycle, sink) => sink.set(tokenizedPrompt, prompt) }),
});

/** The requests go round, so that every endpoint teaches. */
const inTurn = definePicker({
  type: 'in-turn',
  create: () => ({
    pick(candidates, _totals, cycle, order) {
      order[0] = cycle.sequence % candidates.length;
      return 1;
    },
  }),
});

class BenchClock {
  ms = 1_700_000_000_000;
  now = () => this.ms;
  schedule = () => () => {};
}

interface Contestant {
  readonly scheduler: SchedulerHost;
  readonly clock: BenchClock;
}

function contestant(size: number, plugins: readonly PluginUse[], scorers: readonly WeightedScorer[]): Contestant {
  const clock = new BenchClock();
  const scheduler = createScheduler({
    endpoints: Array.from({ length: size }, (_, i) => ({ address: `10.0.${i >> 8}.${i & 255}`, port: 8000 })),
    plugins: [data(), ...plugins],
    profiles: { default: { scorers, picker: inTurn() } },
    clock,
  });
  const pool = scheduler.pools.get('default')!;
  for (const [i, { id }] of pool.endpoints().entries()) {
    pool.setData(id, waitingQueueSize, 0);
    pool.setData(id, runningRequestsSize, i % 13);
  }
  return { scheduler, clock };
}

async function calls({ scheduler, clock }: Contestant, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const call = await scheduler.schedule({ stream: true });
    clock.ms += 40;
    call.firstToken();
    clock.ms += 320;
    const usage = { promptTokens: 1200, cachedTokens: 0, outputTokens: 33 };
    call.complete(usage);
    call.end({ usage });
  }
}

const results: Record<string, unknown> = {};
console.log('endpoints   us a call: one column   producer   producer and scorer   ns more for each endpoint');
for (const size of SIZES) {
  const contestants = [
    contestant(size, [], [column()]),
    contestant(size, [endpointSpeedProducer()], [column()]),
    contestant(size, [endpointSpeedProducer()], [expectedLatencyScorer()]),
  ];
  for (const each of contestants) await calls(each, 4 * size);
  const samples = contestants.map((): number[] => []);
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    // In turns, so that what else the machine does hits all of them alike.
    for (const [i, each] of contestants.entries()) {
      const before = performance.now();
      await calls(each, CALLS);
      if (round >= 0) samples[i]!.push(((performance.now() - before) * 1000) / CALLS);
    }
  }
  const [baseline = 0, producer = 0, both = 0] = samples.map((us) => us.sort((a, b) => a - b)[us.length >> 1]!);
  const nsPerEndpoint = (1000 * (both - baseline)) / size;
  results[`${size} endpoints`] = { baselineUs: baseline, producerUs: producer, bothUs: both, nsPerEndpoint };
  const columns = [baseline, producer, both].map((us) => us.toFixed(2).padStart(13));
  console.log(`${String(size).padEnd(12)}${columns.join(' ')} ${nsPerEndpoint.toFixed(1).padStart(15)}`);
  for (const { scheduler } of contestants) await scheduler.close();
}

if (process.env['BENCH_JSON'] === '1') console.log(JSON.stringify(results));

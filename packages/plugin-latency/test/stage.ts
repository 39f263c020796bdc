import {
  type Call,
  createScheduler,
  defineFilter,
  definePicker,
  type EndpointSpec,
  type GivenDatum,
  type Metrics,
  noMetrics,
  type PluginUse,
  prefixMatch,
  type RequestInput,
  type SchedulerHost,
  tokenizedPrompt,
  type WeightedScorer,
} from '@pointsman/core';
import { endpointSpeed, endpointSpeedProducer, expectedLatency, expectedOutputTokens } from '../src/index.ts';

/** Time that a test sets. */
export class SetClock {
  ms = 1_700_000_000_000;

  now(): number {
    return this.ms;
  }

  schedule(): () => void {
    return () => {};
  }
}

export interface Wanted {
  /** Endpoint that gets the request. */
  readonly on: string;
  /** Tokens of the prompt; undefined when nobody counted. */
  readonly tokens?: number | undefined;
  /** Tokens of it that an endpoint has cached, by endpoint. */
  readonly cached?: Readonly<Record<string, number>>;
  readonly input?: RequestInput;
  readonly dryRun?: boolean;
}

export interface Expected {
  readonly ttftMs: number;
  readonly tpotMs: number;
  readonly load: number;
}

export interface Speed {
  readonly prefillFixedMs: number;
  readonly prefillMsPerToken: number;
  readonly prefillSamples: number;
  readonly decodeFixedMs: number;
  readonly decodeMsPerRunning: number;
  readonly decodeSamples: number;
}

/** The producer in the real engine, with endpoints that answer when and as a test says. */
export interface Stage extends AsyncDisposable {
  readonly scheduler: SchedulerHost;
  readonly clock: SetClock;
  readonly faults: readonly string[];
  place(wanted: Wanted): Promise<Call>;
  /** A request that is answered after `ttftMs`, with further tokens every `tpotMs`. */
  serve(wanted: Wanted, ttftMs: number, tpotMs?: number, outputTokens?: number): Promise<void>;
  /** What is expected of an endpoint for such a request now. */
  expected(on: string, tokens?: number, cached?: Wanted['cached']): Promise<Expected>;
  readonly outputTokens: number | undefined;
  speedOf(id: string): Speed | undefined;
  setEndpoints(endpoints: readonly EndpointSpec[]): void;
  reload(producer: PluginUse): void;
}

export interface StageOptions {
  readonly endpoints?: readonly EndpointSpec[];
  readonly producer?: PluginUse;
  readonly plugins?: readonly PluginUse[];
  readonly scorers?: readonly WeightedScorer[];
  readonly metrics?: Metrics;
}

export function endpoint(id: string, labels: Readonly<Record<string, string>> = {}, address = id): EndpointSpec {
  return { id, address, port: 8000, labels };
}

export function createStage(options: StageOptions = {}): Stage {
  const clock = new SetClock();
  const seen = new Map<string, Expected>();
  let outputTokens: number | undefined;
  let target = '';
  const lookout = defineFilter({
    type: 'lookout',
    reads: [expectedLatency(), expectedOutputTokens()],
    create: () => ({
      keep(candidate, cycle) {
        seen.set(candidate.id, candidate.get(expectedLatency())!);
        outputTokens = cycle.get(expectedOutputTokens());
        return true;
      },
    }),
  });
  const dictated = definePicker({
    type: 'dictated',
    create: () => ({
      pick(candidates, _totals, _cycle, order) {
        order[0] = 0;
        for (let i = 0; i < candidates.length; i++) if (candidates.endpoint(i).id === target) order[0] = i;
        return 1;
      },
    }),
  });
  const graphOf = (producer: PluginUse) => ({
    plugins: [producer, ...(options.plugins ?? [])],
    profiles: { default: { filters: [lookout()], scorers: options.scorers ?? [], picker: dictated() } },
  });
  const scheduler = createScheduler({
    endpoints: options.endpoints ?? [endpoint('a'), endpoint('b')],
    ...graphOf(options.producer ?? endpointSpeedProducer()),
    clock,
    metrics: options.metrics ?? noMetrics,
  });
  const pool = scheduler.pools.get('default')!;
  const faults: string[] = [];
  scheduler.on('fault', ({ plugin, stage, error }) => faults.push(`${plugin} in ${stage}: ${String(error)}`));

  const place = ({ on, tokens, cached = {}, input, dryRun }: Wanted): Promise<Call> => {
    target = on;
    const given: GivenDatum[] = [];
    if (tokens !== undefined) {
      const prompts = [{ packed: new Uint8Array(0), count: tokens, multimodal: [] }];
      given.push({ key: tokenizedPrompt, value: { prompts, cacheSalt: '' } });
    }
    for (const [id, matchBlocks] of Object.entries(cached)) {
      const value = { matchBlocks, totalBlocks: tokens ?? 0, blockSizeTokens: 1, cachedBlockCount: matchBlocks };
      given.push({ key: prefixMatch(), endpoint: id, value });
    }
    return scheduler.schedule({ stream: true, ...input }, { given, dryRun: dryRun === true });
  };

  return {
    scheduler,
    clock,
    faults,
    place,
    async serve(wanted, ttftMs, tpotMs = 10, outputTokens = 33) {
      const call = await place(wanted);
      clock.ms += ttftMs;
      call.firstToken();
      clock.ms += tpotMs * (outputTokens - 1);
      finish(call, wanted.tokens ?? 0, outputTokens, wanted.cached?.[wanted.on]);
    },
    async expected(on, tokens, cached = {}) {
      await place({ on, tokens, cached, dryRun: true });
      return seen.get(on)!;
    },
    get outputTokens() {
      return outputTokens;
    },
    speedOf: (id) => {
      const found = pool.endpoints().find((candidate) => candidate.id === id);
      return found === undefined ? undefined : (pool.dataOf(found)[endpointSpeed().id] as Speed | undefined);
    },
    setEndpoints: (endpoints) => pool.setEndpoints(endpoints),
    reload: (producer) => pool.planReload(graphOf(producer)).commit(),
    async [Symbol.asyncDispose]() {
      await scheduler.close();
    },
  };
}

/** All of the response is there, with its usage. */
export function finish(call: Call, promptTokens: number, outputTokens: number, cachedTokens?: number): void {
  const usage = { promptTokens, outputTokens, ...(cachedTokens === undefined ? {} : { cachedTokens }) };
  call.complete(usage);
  call.end({ usage });
}

import {
  type Cycle,
  definePlugin,
  type Endpoint,
  inFlightLoad,
  optional,
  prefixMatch,
  runningRequestsSize,
  tokenizedPrompt,
  uncachedRequestTokens,
  waitingQueueSize,
} from '@pointsman/core';
import { z } from 'zod';
import type { CallTiming } from './call-timing.ts';
import { FleetSpeed } from './fleet-speed.ts';
import { type Expectations, LatencyEstimate } from './latency-estimate.ts';
import { realCount } from './real-count.ts';
import { RequestTokens } from './request-tokens.ts';
import { endpointSpeed, expectedLatency, expectedOutputTokens, SPEED_PRODUCER } from './speed-keys.ts';
import { SpeedLessons } from './speed-lessons.ts';
import { SpeedMetrics } from './speed-metrics.ts';
import { SpeedStore } from './speed-store.ts';

/** Role of the endpoint that computes the prompt for another one. */
const PREFILL = 'prefill';
const SHOWN_ENDPOINTS = 100;

/**
 * Learns from the traffic how fast each endpoint computes prompts and generates tokens, and says for each request how long
 * each candidate would probably take. A fixed number of bytes for each endpoint.
 */
export const endpointSpeedProducer = definePlugin({
  type: SPEED_PRODUCER,
  kinds: ['fetcher'],
  description: 'Learns how fast each endpoint computes prompts and generates, and expects latencies in milliseconds.',
  params: z.strictObject({
    /** Requests after which what an endpoint taught has faded to about a third. */
    memoryRequests: z.int().min(4).max(10_000).default(32),
    /** Endpoints with the same value of this label are taken to be alike until they have taught something themselves. */
    hardwareLabel: z.string().min(1).optional(),
    /** Instance name of the producer of prefix matches. */
    prefixMatchInfoProducerName: z.string().min(1).default('approx-prefix-cache-producer'),
    /** Instance name of the producer of in-flight load. */
    inFlightLoadProducerName: z.string().min(1).default('inflight-load-producer'),
  }),
  reads: (params) => [
    optional(tokenizedPrompt),
    optional(prefixMatch(params.prefixMatchInfoProducerName)),
    optional(uncachedRequestTokens(params.inFlightLoadProducerName)),
    optional(inFlightLoad(params.inFlightLoadProducerName)),
    optional(waitingQueueSize),
    optional(runningRequestsSize),
  ],
  writes: (_params, name) => [endpointSpeed(name), expectedLatency(name), expectedOutputTokens(name)],
  create: ({ params, name, pool, clock, metrics, endpoints, inherited, read, write }) => {
    const columns = {
      prompt: read(optional(tokenizedPrompt)),
      match: read(optional(prefixMatch(params.prefixMatchInfoProducerName))),
      uncached: read(optional(uncachedRequestTokens(params.inFlightLoadProducerName))),
    };
    const inFlight = read(optional(inFlightLoad(params.inFlightLoadProducerName)));
    const load = { waiting: read(optional(waitingQueueSize)), running: read(optional(runningRequestsSize)) };
    const speed = write(endpointSpeed(name));
    const latencyKey = expectedLatency(name);
    const outputTokensKey = expectedOutputTokens(name);

    const store = SpeedStore.from(inherited);
    const { prefill, decode, work } = store;
    const fleet = new FleetSpeed(store, endpoints, params.hardwareLabel);
    const estimate = new LatencyEstimate(store, fleet, load);
    const shown = new SpeedMetrics(metrics, pool, name);
    const lessons = new SpeedLessons(store, estimate, load.running, params.memoryRequests, (endpoint, of, lesson) => {
      shown.learned(endpoint, of, lesson, store);
      publish(endpoint);
    });

    let scratch: Expectations = { ttftMs: new Float64Array(16), tpotMs: new Float64Array(16) };

    function publish(endpoint: Endpoint): void {
      const { row } = endpoint;
      speed.set(endpoint, {
        prefillFixedMs: prefill.fixed[row]!,
        prefillMsPerToken: prefill.slope[row]!,
        prefillSamples: prefill.samples[row]!,
        decodeFixedMs: decode.fixed[row]!,
        decodeMsPerRunning: decode.slope[row]!,
        decodeSamples: decode.samples[row]!,
      });
    }

    function tokensOf(cycle: Cycle): RequestTokens {
      return new RequestTokens(columns, cycle, store.uncachedTokens.value);
    }

    /** Time to the first token of a request that goes to an endpoint now. */
    function expectedTtft(endpoint: Endpoint, tokens: RequestTokens, now: number): number {
      const { row } = endpoint;
      if (scratch.ttftMs.length <= row)
        scratch = { ttftMs: new Float64Array(2 * row + 1), tpotMs: new Float64Array(2 * row + 1) };
      estimate.fill([endpoint], tokens, now, scratch);
      return scratch.ttftMs[row]!;
    }

    return {
      readsResponseBody: true,

      prepare(cycle, sink, candidates) {
        const out = sink.candidates(latencyKey);
        estimate.fill(candidates, tokensOf(cycle), cycle.now, out.fields);
        const requests = out.fields.load;
        const waiting = load.waiting.values;
        const running = load.running.values;
        const reserved = inFlight.fields.requests;
        for (let i = 0; i < candidates.length; i++) {
          const { row } = candidates[i]!;
          const own = work.prompts[row]! + work.running[row]!;
          const reported = realCount(waiting[row]!) + realCount(running[row]!);
          requests[row] = Math.max(own, reported, realCount(reserved[row]!));
          out.mark(row);
        }
        const usual = store.outputTokens.value;
        if (usual > 0) sink.set(outputTokensKey, Math.min(usual, cycle.request.maxOutputTokens ?? usual));
      },

      postChoice(cycle, decision) {
        const now = clock.now();
        const prefiller = decision.companions[PREFILL] ?? decision.target;
        const tokens = tokensOf(cycle);
        const call: CallTiming = {
          prefiller,
          generator: decision.target,
          arrivedAt: now,
          promptTokens: tokens.prompt,
          uncachedTokens: tokens.uncachedOn(prefiller.row),
          expectedTtftMs: expectedTtft(prefiller, tokens, now),
          waitingBefore: realCount(load.waiting.values[prefiller.row]!),
          phase: 'prompt',
          firstTokenAt: Number.NaN,
          lastTokenAt: Number.NaN,
          firstTokenArea: 0,
          lastTokenArea: 0,
          outputTokens: 0,
          stretch: undefined,
        };
        store.calls.set(cycle.sequence, call);
        lessons.begin(call, cycle.request.stream);
        return () => lessons.leave(call, clock.now());
      },

      progress(cycle, _decision, progress) {
        const call = store.calls.get(cycle.sequence);
        if (call === undefined) return;
        if (progress.kind === 'first-token') lessons.firstToken(call, progress.atMs);
        else if (progress.kind === 'tokens') lessons.tokens(call, progress.outputTokens, progress.atMs);
        else if (progress.kind === 'complete') lessons.complete(call, progress.usage, progress.atMs);
      },

      afterResponse(cycle, _decision, outcome) {
        const call = store.calls.get(cycle.sequence);
        if (call === undefined) return;
        store.calls.delete(cycle.sequence);
        const isGood = outcome.status === 'ok' && (outcome.httpStatus ?? 200) < 400;
        if (isGood) shown.firstToken(call.firstTokenAt - call.arrivedAt, call.expectedTtftMs);
        lessons.end(call, isGood, outcome.usage, clock.now());
      },

      endpointAdded: (endpoint) => store.add(endpoint),
      endpointRemoved(endpoint) {
        store.remove(endpoint);
        shown.gone(endpoint);
      },
      handOver: () => store,

      inspect: () => ({
        callsUnderWay: store.calls.size,
        usualOutputTokens: store.outputTokens.value > 0 ? round(store.outputTokens.value) : null,
        endpoints: endpoints
          .list()
          .slice(0, SHOWN_ENDPOINTS)
          .map(({ id, row }) => ({
            id,
            prefillFixedMs: prefill.isKnown(row) ? round(prefill.fixed[row]!) : null,
            prefillMsPer1000Tokens: prefill.isKnown(row) ? round(1000 * prefill.slope[row]!) : null,
            prefillSamples: prefill.samples[row]!,
            decodeFixedMs: decode.isKnown(row) ? round(decode.fixed[row]!) : null,
            decodeMsPerRunning: decode.isKnown(row) ? round(decode.slope[row]!) : null,
            decodeSamples: decode.samples[row]!,
            promptsUnderWay: work.prompts[row]!,
            running: work.running[row]!,
          })),
      }),
    };
  },
});

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

import {
  type Cycle,
  definePlugin,
  type Endpoint,
  inFlightLoad,
  optional,
  prefixMatch,
  tokenizedPrompt,
  uncachedRequestTokens,
} from '@pointsman/core';
import { z } from 'zod';
import { estimatedOutputTokens, requestCostParams, uncachedTokens } from './request-cost.ts';

/** What one profile's choice has reserved on an endpoint. */
interface Reservation {
  readonly profile: string;
  readonly endpoint: Endpoint;
  requests: number;
  tokens: number;
}

/** The profile whose endpoint is done once the first token is there: it computed the prompt only. */
const PREFILL = 'prefill';

/**
 * Knows what this scheduler has in flight on each endpoint: requests, and the prompt tokens that had to be computed.
 * A choice reserves on the target of every profile that ran. The tokens are given back when the first output token
 * comes (unless they stand for the output, too), the rest when the call ends or moves on.
 */
export const inflightLoadProducer = definePlugin({
  type: 'inflight-load-producer',
  kinds: ['fetcher'],
  description: 'Counts the requests and tokens that this scheduler has in flight on each endpoint.',
  params: z.strictObject({
    ...requestCostParams,
    /** Instance name of the producer of prefix matches; without one, prompts count in full. */
    prefixMatchInfoProducerName: z.string().min(1).default('approx-prefix-cache-producer'),
    /** Without effect while nothing carries state between schedulers. */
    syncCrossReplicaState: z.boolean().default(true),
  }),
  reads: (params, name) => [
    tokenizedPrompt,
    optional(prefixMatch(params.prefixMatchInfoProducerName)),
    inFlightLoad(name),
  ],
  writes: (_params, name) => [inFlightLoad(name), uncachedRequestTokens(name)],
  create: ({ params, name, pool, read, write, metrics, endpoints }) => {
    const prompt = read(tokenizedPrompt);
    const matches = read(prefixMatch(params.prefixMatchInfoProducerName));
    const uncached = uncachedRequestTokens(name);
    const load = read(inFlightLoad(name));
    const inFlight = write(inFlightLoad(name));
    const labels = ['pool', 'producer', 'endpoint'];
    const requestsGauge = metrics.gauge({
      name: 'pointsman_inflight_requests',
      help: 'Requests in flight on each endpoint, as an inflight-load-producer counts them.',
      labels,
    });
    const tokensGauge = metrics.gauge({
      name: 'pointsman_inflight_tokens',
      help: 'Tokens in flight on each endpoint, as an inflight-load-producer counts them.',
      labels,
    });
    /** By decision number: what is reserved now. */
    const reserved = new Map<number, readonly Reservation[]>();

    function promptTokensOf(cycle: Cycle): number {
      let tokens = 0;
      for (const { count } of prompt.of(cycle)?.prompts ?? []) tokens += count;
      return tokens;
    }

    /** Tokens that the request costs on the endpoint in that row. */
    function costOn(cycle: Cycle, row: number, promptTokens: number, outputTokens: number): number {
      const match = matches.of(cycle);
      if (match?.has(row) !== true) return promptTokens + outputTokens;
      const { matchBlocks, totalBlocks, blockSizeTokens } = match.fields;
      return uncachedTokens(promptTokens, matchBlocks[row]!, totalBlocks[row]!, blockSizeTokens[row]!) + outputTokens;
    }

    function change(endpoint: Endpoint, requests: number, tokens: number): void {
      inFlight.add(endpoint, { requests, tokens });
      if (endpoints.isLive(endpoint)) show(endpoint);
    }

    function show(endpoint: Endpoint): void {
      const of = { pool, producer: name, endpoint: endpoint.id };
      requestsGauge.set(load.fields.requests[endpoint.row]!, of);
      tokensGauge.set(load.fields.tokens[endpoint.row]!, of);
    }

    function giveBack(reservation: Reservation, requests: number, tokens: number): void {
      reservation.requests -= requests;
      reservation.tokens -= tokens;
      if (requests > 0 || tokens > 0) change(reservation.endpoint, -requests, -tokens);
    }

    return {
      prepare(cycle, sink, candidates) {
        const promptTokens = promptTokensOf(cycle);
        const outputTokens = estimatedOutputTokens(params, promptTokens, cycle.request.maxOutputTokens);
        const out = sink.candidates(uncached);
        for (const { row } of candidates) {
          out.fields.tokens[row] = costOn(cycle, row, promptTokens, outputTokens);
          out.mark(row);
        }
      },

      postChoice(cycle, decision) {
        const promptTokens = promptTokensOf(cycle);
        const outputTokens = estimatedOutputTokens(params, promptTokens, cycle.request.maxOutputTokens);
        const reservations = decision.results.map(({ profile, target }) => {
          const endpoint = profile === decision.primaryProfile ? decision.target : target;
          const tokens = costOn(cycle, endpoint.row, promptTokens, outputTokens);
          return { profile, endpoint, requests: 1, tokens };
        });
        for (const { endpoint, requests, tokens } of reservations) change(endpoint, requests, tokens);
        reserved.set(cycle.sequence, reservations);
        return () => {
          reserved.delete(cycle.sequence);
          for (const reservation of reservations) giveBack(reservation, reservation.requests, reservation.tokens);
        };
      },

      progress(cycle, _decision, progress) {
        if (progress.kind !== 'first-token') return;
        for (const reservation of reserved.get(cycle.sequence) ?? []) {
          if (reservation.profile === PREFILL) giveBack(reservation, reservation.requests, reservation.tokens);
          else if (!params.addEstimatedOutputTokens) giveBack(reservation, 0, reservation.tokens);
        }
      },

      endpointRemoved(endpoint) {
        const of = { pool, producer: name, endpoint: endpoint.id };
        requestsGauge.set(0, of);
        tokensGauge.set(0, of);
      },

      inspect: () => ({
        calls: reserved.size,
        endpoints: endpoints
          .list()
          .map(({ id, row }) => ({ id, requests: load.fields.requests[row]!, tokens: load.fields.tokens[row]! }))
          .sort((a, b) => b.tokens - a.tokens || b.requests - a.requests)
          .slice(0, 100),
      }),
    };
  },
});

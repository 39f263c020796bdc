import {
  type CandidateRecords,
  defineFetcher,
  type Endpoint,
  type FieldsOf,
  optional,
  prefixMatch,
  requestValue,
  waitingQueueSize,
} from '@pointsman/core';
import { z } from 'zod';
import { unitHash } from './hash/unit-hash.ts';
import { prefixProducerName } from './producer-name.ts';

const HEADER = 'x-kv-cache-source-host-port';

type Matches = CandidateRecords<FieldsOf<ReturnType<typeof prefixMatch>>>;

/** The endpoint to pull from, if the request is computed elsewhere. */
const bestMatch = (producer: string) => requestValue<Endpoint>()(`best-match/${producer}`);

/**
 * Names the endpoint from which the one that computes the prompt can pull KV blocks, in `x-kv-cache-source-host-port`.
 *
 * Sources are the candidates that have most of the prompt cached, give or take one block. One of them is chosen by the
 * request's id, in proportion to 1 / (1 + waiting requests). It is named when it is another endpoint than the one that
 * computes, and has at least `minCachedTokenDelta` tokens more.
 */
export const p2pSourceProducer = defineFetcher({
  type: 'p2p-source-producer',
  stability: 'alpha',
  description: 'Names an endpoint that has the prompt cached, for the chosen one to pull KV blocks from.',
  params: z.strictObject({
    /** Instance name of the plugin that says what is cached where. */
    prefixMatchInfoProducerName: prefixProducerName,
    /** So many cached tokens more than the computing endpoint has are worth a pull. */
    minCachedTokenDelta: z.int().min(1).default(1),
    /** Profile whose endpoint computes the prompt; when it did not run, the target does. */
    prefillProfileName: z.string().default('prefill'),
  }),
  reads: (params, name) => [
    prefixMatch(params.prefixMatchInfoProducerName),
    optional(waitingQueueSize),
    optional(bestMatch(name)),
  ],
  writes: (_, name) => [bestMatch(name)],
  create: ({ params, name, endpoints, read }) => {
    const { minCachedTokenDelta, prefillProfileName } = params;
    const match = read(prefixMatch(params.prefixMatchInfoProducerName));
    const waiting = read(waitingQueueSize);
    const source = bestMatch(name);

    function weightOf(row: number): number {
      const queue = waiting.values[row]!;
      return queue > 0 ? 1 / (1 + queue) : 1;
    }

    /** One of the endpoints with most tokens; undefined when nobody has any. */
    function choose(candidates: readonly Endpoint[], matches: Matches, requestId: string): Endpoint | undefined {
      let most = 0;
      for (const { row } of candidates) most = Math.max(most, cachedTokens(matches, row));
      if (most === 0) return undefined;
      const isSource = (row: number): boolean => {
        const tokens = cachedTokens(matches, row);
        return tokens > 0 && tokens + matches.fields.blockSizeTokens[row]! >= most;
      };
      let sum = 0;
      for (const { row } of candidates) if (isSource(row)) sum += weightOf(row);
      let left = unitHash(requestId) * sum;
      let chosen: Endpoint | undefined;
      for (const candidate of candidates) {
        if (!isSource(candidate.row)) continue;
        chosen = candidate;
        left -= weightOf(candidate.row);
        if (left < 0) break;
      }
      return chosen;
    }

    return {
      prepare(cycle, sink, candidates) {
        const matches = match.of(cycle);
        if (matches === undefined) return;
        const chosen = choose(candidates, matches, cycle.request.id);
        if (chosen !== undefined) sink.set(source, chosen);
      },
      postChoice(cycle, decision) {
        const peer = cycle.get(source);
        const matches = match.of(cycle);
        if (peer === undefined || matches === undefined || !endpoints.isLive(peer)) return;
        const prefill = decision.results.find(({ profile }) => profile === prefillProfileName);
        const computing =
          prefill?.profile === decision.primaryProfile ? decision.target : (prefill?.target ?? decision.target);
        if (computing.id === peer.id) return;
        const gain = cachedTokens(matches, peer.row) - cachedTokens(matches, computing.row);
        if (gain < minCachedTokenDelta) return;
        decision.setHeader(HEADER, peer.hostPort);
        cycle.note(`${computing.id} can pull ${gain} tokens more than it has from ${peer.id}`);
      },
    };
  },
});

/** Tokens of the prompt that the endpoint in this row has cached; 0 where that is not known, or is no count. */
function cachedTokens(matches: Matches, row: number): number {
  if (!matches.has(row)) return 0;
  const tokens = matches.fields.cachedBlockCount[row]! * matches.fields.blockSizeTokens[row]!;
  return tokens > 0 && tokens < Number.POSITIVE_INFINITY ? tokens : 0;
}

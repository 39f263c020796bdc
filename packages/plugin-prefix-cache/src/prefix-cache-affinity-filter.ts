import { type Candidates, type Cycle, defineFilter, inFlightLoad, prefixMatch } from '@pointsman/core';
import { z } from 'zod';
import { latencyPrediction } from './latency-prediction.ts';
import { prefixProducerName, producerName } from './producer-name.ts';

const params = z
  .strictObject({
    /** Cached share of the prompt from which an endpoint counts as having it, up to 1. 0 or less: no filtering. */
    affinityThreshold: z.number().max(1).default(0.8),
    /** Share of requests that may go anywhere, 0..1. */
    explorationProbability: z.number().min(0).max(1).default(0),
    /** How much later the first token may come for the sake of the cache, in milliseconds. 0: never mind. */
    maxTTFTPenaltyMs: z.number().min(0).default(18_000),
    /** Where the time to the first token is known from: tokens in flight over throughput, or a predictor. */
    ttftSource: z.enum(['prefillThroughput', 'latencyPredictor']).default('prefillThroughput'),
    /** Prompt tokens per second that an endpoint computes at best. */
    peakPrefillThroughput: z.number().min(0).default(15_928),
    prefixMatchInfoProducerName: prefixProducerName,
    latencyPredictionInfoProducerName: producerName('predicted-latency-producer'),
    inFlightLoadProducerName: producerName('inflight-load-producer'),
  })
  .refine(
    ({ ttftSource, maxTTFTPenaltyMs, peakPrefillThroughput }) =>
      ttftSource !== 'prefillThroughput' || maxTTFTPenaltyMs === 0 || peakPrefillThroughput > 0,
    { message: 'must be greater than 0 when ttftSource is prefillThroughput', path: ['peakPrefillThroughput'] },
  );

/** Answers when the first token is expected from the endpoint in this row, in milliseconds. */
type ExpectedTtft = (row: number, cycle: Cycle) => number;

/**
 * Keeps the endpoints that have most of the prompt cached, if there are any: unless every one of them is so busy that
 * another would give the first token much earlier.
 */
export const prefixCacheAffinityFilter = defineFilter({
  type: 'prefix-cache-affinity-filter',
  description: 'Keeps endpoints that have most of the prompt cached, unless they are too busy.',
  params,
  reads: (given) => [
    prefixMatch(given.prefixMatchInfoProducerName),
    ...(given.maxTTFTPenaltyMs === 0
      ? []
      : given.ttftSource === 'latencyPredictor'
        ? [latencyPrediction(given.latencyPredictionInfoProducerName)]
        : [inFlightLoad(given.inFlightLoadProducerName)]),
  ],
  create: ({ params: given, read }) => {
    const { affinityThreshold, explorationProbability, maxTTFTPenaltyMs } = given;
    const match = read(prefixMatch(given.prefixMatchInfoProducerName));
    const reason = `less than ${affinityThreshold} of the prompt is cached there`;

    const expectedTtft = (): ExpectedTtft | undefined => {
      if (maxTTFTPenaltyMs === 0) return undefined;
      if (given.ttftSource === 'latencyPredictor') {
        const prediction = read(latencyPrediction(given.latencyPredictionInfoProducerName));
        return (row, cycle) => {
          const rows = prediction.of(cycle);
          return rows?.has(row) === true ? rows.fields.ttftMs[row]! : Number.MAX_VALUE;
        };
      }
      const load = read(inFlightLoad(given.inFlightLoadProducerName));
      return (row) => (load.fields.tokens[row]! / given.peakPrefillThroughput) * 1000;
    };
    const ttft = expectedTtft();

    return {
      filterAll(candidates, cycle, drops) {
        if (candidates.length <= 1 || affinityThreshold <= 0) return;
        if (explorationProbability > 0 && cycle.random.next() < explorationProbability) {
          cycle.note('explores: cached prefixes are left aside');
          return;
        }
        const rows = match.of(cycle);
        if (rows === undefined) return;
        const { matchBlocks, totalBlocks } = rows.fields;
        const isSticky = (i: number): boolean => {
          const row = candidates.rows[i]!;
          const total = rows.has(row) ? totalBlocks[row]! : 0;
          return total > 0 && matchBlocks[row]! / total >= affinityThreshold;
        };
        let sticky = 0;
        for (let i = 0; i < candidates.length; i++) if (isSticky(i)) sticky++;
        if (sticky === 0 || sticky === candidates.length) return;
        if (ttft !== undefined && penaltyOf(candidates, cycle, isSticky, ttft) > maxTTFTPenaltyMs) {
          cycle.note(`gives the cached prefix up: the first token would come more than ${maxTTFTPenaltyMs} ms later`);
          return;
        }
        for (let i = 0; i < candidates.length; i++) if (!isSticky(i)) drops.drop(i, reason);
      },
    };
  },
});

/** How much later the first token comes from the best endpoint that has the prompt than from the best other. */
function penaltyOf(candidates: Candidates, cycle: Cycle, isSticky: (i: number) => boolean, ttft: ExpectedTtft): number {
  let [bestSticky, bestOther] = [Number.MAX_VALUE, Number.MAX_VALUE];
  for (let i = 0; i < candidates.length; i++) {
    const expected = ttft(candidates.rows[i]!, cycle);
    if (isSticky(i)) bestSticky = Math.min(bestSticky, expected);
    else bestOther = Math.min(bestOther, expected);
  }
  return bestSticky - bestOther;
}

import { type Candidates, type Cycle, defineScorer } from '@pointsman/core';
import { z } from 'zod';
import { describeLatency } from './describe-latency.ts';
import { scoreByLoad } from './score-by-load.ts';
import { endpointSpeed, expectedLatency, expectedOutputTokens, SPEED_PRODUCER } from './speed-keys.ts';
import { SILENCE_MS } from './speed-lessons.ts';

/** Scores of all others when an endpoint is tried. */
const WHILE_TRYING = 0.9;

/**
 * Prefers endpoints that will answer soonest: best / expected, where expected is (1 - w) * ttft + w * n * tpot with
 * w = `tpotWeight` and n further output tokens. While nothing is known, prefers those with the fewest requests.
 */
export const expectedLatencyScorer = defineScorer({
  type: 'expected-latency-scorer',
  category: 'balance',
  description: 'Prefers the endpoints that will probably answer soonest, as learned from their own traffic.',
  params: z.strictObject({
    /** 0: only the time to the first token counts; 0.5: the time to the last one; 1: only the time between tokens. */
    tpotWeight: z.number().min(0).max(1).default(0.2),
    /** Output tokens to count with. Default: as many as requests usually have, within the client's limit. */
    outputTokens: z.int().min(1).max(1_000_000).optional(),
    /** Share of requests that try an idle endpoint of which nothing was heard for 30 seconds, so that it is not given up. */
    exploration: z.number().min(0).max(1).default(0.01),
    /** Instance name of the `endpoint-speed-producer` to read. */
    endpointSpeedProducerName: z.string().min(1).default(SPEED_PRODUCER),
  }),
  reads: ({ endpointSpeedProducerName: producer }) => [
    endpointSpeed(producer),
    expectedLatency(producer),
    expectedOutputTokens(producer),
  ],
  create: ({ params, read }) => {
    const producer = params.endpointSpeedProducerName;
    const speed = read(endpointSpeed(producer));
    const expected = read(expectedLatency(producer));
    const usualOutputTokens = read(expectedOutputTokens(producer));
    const firstShare = 1 - params.tpotWeight;

    function furtherTokens(cycle: Cycle): number {
      const tokens = params.outputTokens ?? usualOutputTokens.of(cycle);
      // One token at least, so that the time between tokens counts whatever is known of their number.
      return typeof tokens === 'number' && tokens > 2 && tokens < Number.POSITIVE_INFINITY ? tokens - 1 : 1;
    }

    /** One of the idle endpoints of which nothing was heard for long, each with the same chance; -1 for none. */
    function oneToTry(candidates: Candidates, cycle: Cycle, load: Float64Array): number {
      if (params.exploration === 0 || candidates.length < 2) return -1;
      if (cycle.random.next() >= params.exploration) return -1;
      let found = -1;
      let count = 0;
      for (let i = 0; i < candidates.length; i++) {
        const row = candidates.rows[i]!;
        if (load[row]! > 0 || cycle.now - speed.writtenAt[row]! < SILENCE_MS) continue;
        count++;
        if (cycle.random.below(count) === 0) found = i;
      }
      return found;
    }

    // Choice follows score at once, so the decision that was scored last is the one that is made.
    let explainedFor = 0;
    let explainedFirst = -1;
    let explainedSecond = -1;

    return {
      scoreAll(candidates, cycle, out) {
        const rows = expected.of(cycle);
        if (rows === undefined) return;
        const { ttftMs, tpotMs, load } = rows.fields;
        const perToken = isAnyKnown(candidates, tpotMs) ? params.tpotWeight * furtherTokens(cycle) : 0;
        const isNothingCounted = firstShare === 0 && perToken === 0;
        let best = -1;
        let second = -1;
        for (let i = 0; i < candidates.length; i++) {
          const row = candidates.rows[i]!;
          let ms = firstShare === 0 ? 0 : firstShare * ttftMs[row]!;
          if (perToken > 0) ms += perToken * tpotMs[row]!;
          if (isNothingCounted || !rows.has(row) || !(ms >= 0 && ms < Number.POSITIVE_INFINITY)) {
            scoreByLoad(candidates, rows, out);
            cycle.note('by the number of requests, because not every speed is known');
            return;
          }
          out[i] = ms;
          if (best === -1 || ms < out[best]!) {
            second = best;
            best = i;
          } else if (second === -1 || ms < out[second]!) {
            second = i;
          }
        }
        if (best === -1) return;
        const bestMs = out[best]!;
        const tried = oneToTry(candidates, cycle, load);
        const most = tried === -1 ? 1 : WHILE_TRYING;
        for (let i = 0; i < candidates.length; i++) out[i] = out[i] === bestMs ? most : (most * bestMs) / out[i]!;
        if (tried !== -1) {
          out[tried] = 1;
          cycle.note(`tries ${candidates.endpoint(tried).id}: nothing was heard of it for 30 s or more`);
        }
        explainedFor = cycle.sequence;
        explainedFirst = candidates.rows[best]!;
        explainedSecond = second === -1 ? -1 : candidates.rows[second]!;
        const first = describeLatency(candidates.endpoint(best).id, rows, explainedFirst);
        const next =
          second === -1 ? '' : `; next ${describeLatency(candidates.endpoint(second).id, rows, explainedSecond)}`;
        cycle.note(`best ${first}${next}`);
      },

      /** A target that is neither of the best two: other scorers, chance or a fallback made it. */
      postChoice(cycle, { target }) {
        const isExplained = explainedFor === cycle.sequence && [explainedFirst, explainedSecond].includes(target.row);
        const rows = expected.of(cycle);
        if (isExplained || rows?.has(target.row) !== true || !Number.isFinite(rows.fields.ttftMs[target.row]!)) return;
        cycle.note(`chosen ${describeLatency(target.id, rows, target.row)}`);
      },
    };
  },
});

/** False where answers have one token: then there is no time between tokens to know. */
function isAnyKnown(candidates: Candidates, tpotMs: Float64Array): boolean {
  for (let i = 0; i < candidates.length; i++) if (tpotMs[candidates.rows[i]!]! >= 0) return true;
  return false;
}

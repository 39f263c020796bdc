import { type Candidates, defineScorer, prefixMatch } from '@pointsman/core';
import { z } from 'zod';

const DEFAULT_SIZE = 1024;

/**
 * Spreads requests whose prompt nobody has cached: the endpoint that got such a request longest ago, or never, is the
 * best. When any candidate has a part of the prompt, all get 0.5, which decides nothing.
 *
 * A cold request scores never-used endpoints first, in pool order, then the others from the oldest use on:
 * 1 - rank / (candidates - 1), not below 0.
 */
export const noHitLruScorer = defineScorer({
  type: 'no-hit-lru-scorer',
  category: 'distribution',
  description: 'Spreads requests without any cached prefix over the endpoints, the longest unused first.',
  params: z.strictObject({
    /** How many endpoints are remembered. Values below 1 mean the default. */
    lruSize: z
      .int()
      .default(DEFAULT_SIZE)
      .transform((size) => (size > 0 ? size : DEFAULT_SIZE)),
    prefixMatchInfoProducerName: z.string().min(1).default('approx-prefix-cache-producer'),
    /** Without effect; older configurations have them. */
    prefixPluginType: z.string().optional(),
    prefixPluginName: z.string().optional(),
  }),
  reads: ({ prefixMatchInfoProducerName }) => [prefixMatch(prefixMatchInfoProducerName)],
  create: ({ params: { lruSize, prefixMatchInfoProducerName }, read, inherited }) => {
    const matches = read(prefixMatch(prefixMatchInfoProducerName));
    /** Endpoints that got a cold request, oldest use first. */
    const used = new Map<string, true>();
    for (const id of Array.isArray(inherited) ? (inherited as string[]).slice(-lruSize) : []) used.set(id, true);
    /** Place of each in `used`; made anew when that has changed. */
    let places: ReadonlyMap<string, number> | undefined;
    // Nothing else runs between the scorers and the hook of one request, so one place to remember is enough.
    let scored = 0;
    let wasCold = false;

    function touch(id: string): void {
      used.delete(id);
      used.set(id, true);
      if (used.size > lruSize) used.delete(used.keys().next().value!);
      places = undefined;
    }

    function scoreCold(candidates: Candidates, out: Float64Array): void {
      const { length } = candidates;
      if (length === 1) {
        out[0] = 1;
        return;
      }
      places ??= new Map([...used.keys()].map((id, place) => [id, place]));
      let unused = 0;
      for (let i = 0; i < length; i++) {
        if (!places.has(candidates.endpoint(i).id)) out[i] = 1 - unused++ / (length - 1);
      }
      for (let i = 0; i < length; i++) {
        const place = places.get(candidates.endpoint(i).id);
        if (place !== undefined) out[i] = Math.max(0, 1 - (unused + place) / (length - 1));
      }
    }

    return {
      scoreAll(candidates, cycle, out) {
        const match = matches.of(cycle);
        let cold = true;
        for (let i = 0; i < candidates.length && cold; i++) {
          const row = candidates.rows[i]!;
          cold = !(match?.has(row) === true && match.fields.matchBlocks[row]! > 0);
        }
        scored = cycle.sequence;
        wasCold = cold;
        if (cold) scoreCold(candidates, out);
        else out.fill(0.5, 0, candidates.length);
      },

      postChoice(cycle, decision) {
        // A fallback is no new use: the request was not meant to go there.
        if (!wasCold || scored !== cycle.sequence || decision.attempt > 1) return;
        touch(decision.target.id);
        const prefill = decision.results.find(({ profile }) => profile === 'prefill');
        if (prefill !== undefined) touch(prefill.target.id);
      },

      handOver: () => [...used.keys()],
      inspect: () => ({ oldestFirst: [...used.keys()] }),
    };
  },
});

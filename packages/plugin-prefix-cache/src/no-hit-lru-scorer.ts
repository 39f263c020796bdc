import { type Cycle, defineScorer, type Endpoint, prefixMatch } from '@pointsman/core';
import { z } from 'zod';
import { prefixProducerName } from './producer-name.ts';

const DEFAULT_SIZE = 1024;
/** For everybody when the request's prefix is cached somewhere: this scorer has then nothing to say. */
const NEUTRAL = 0.5;

/**
 * Spreads requests that no endpoint has cached anything of: prefers endpoints that never got such a request, then those
 * whose last one is longest ago. Keeps new prefixes from piling up on one endpoint.
 */
export const noHitLruScorer = defineScorer({
  type: 'no-hit-lru-scorer',
  category: 'distribution',
  description: 'Sends requests that are cached nowhere to endpoints that did not get such a request for long.',
  params: z.strictObject({
    /** Endpoints that are remembered. 0 or less: 1024. */
    lruSize: z.int().default(DEFAULT_SIZE),
    /** Instance name of the plugin that says what is cached where. */
    prefixMatchInfoProducerName: prefixProducerName,
    /** Deprecated, without effect. */
    prefixPluginType: z.string().optional(),
    /** Deprecated, without effect. */
    prefixPluginName: z.string().optional(),
  }),
  reads: ({ prefixMatchInfoProducerName }) => [prefixMatch(prefixMatchInfoProducerName)],
  create: ({ params, endpoints, inherited, read }) => {
    const size = params.lruSize > 0 ? params.lruSize : DEFAULT_SIZE;
    const match = read(prefixMatch(params.prefixMatchInfoProducerName));
    /** Oldest first. */
    const used: Endpoint[] = isEndpoints(inherited) ? inherited.slice(-size) : [];
    /** Requests whose last scoring found nothing cached. */
    const cold = new WeakSet<Cycle>();
    /** Position in `used` by row, made anew for every cold request; -1 for never used. */
    let positions = new Int32Array(0);

    const touch = (endpoint: Endpoint): void => {
      if (!endpoints.isLive(endpoint)) return;
      forget(endpoint);
      used.push(endpoint);
      if (used.length > size) used.shift();
    };
    const forget = ({ incarnation }: Endpoint): void => {
      const known = used.findIndex((other) => other.incarnation === incarnation);
      if (known >= 0) used.splice(known, 1);
    };

    return {
      scoreAll(candidates, cycle, out) {
        const { length, rows } = candidates;
        const matches = match.of(cycle);
        for (let i = 0; matches !== undefined && i < length; i++) {
          if (!matches.has(rows[i]!) || !(matches.fields.matchBlocks[rows[i]!]! > 0)) continue;
          cold.delete(cycle);
          out.fill(NEUTRAL, 0, length);
          return;
        }
        cold.add(cycle);
        if (length === 1) {
          out[0] = 1;
          return;
        }
        positions = positionsByRow(positions, used, rows, length);
        let neverUsed = 0;
        for (let i = 0; i < length; i++) {
          if (positions[rows[i]!]! < 0) out[i] = 1 - neverUsed++ / (length - 1);
        }
        for (let i = 0; i < length; i++) {
          const position = positions[rows[i]!]!;
          if (position >= 0) out[i] = Math.max(0, 1 - (neverUsed + position) / (length - 1));
        }
      },
      postChoice(cycle, { target, results, primaryProfile }) {
        if (!cold.has(cycle)) return;
        touch(target);
        const prefill = results.find(({ profile }) => profile === 'prefill' && profile !== primaryProfile);
        if (prefill !== undefined) touch(prefill.target);
      },
      endpointRemoved: forget,
      handOver: () => used,
      inspect: () => ({ oldestFirst: used.map(({ id }) => id) }),
    };
  },
});

function positionsByRow(
  positions: Int32Array<ArrayBuffer>,
  used: readonly Endpoint[],
  rows: Int32Array,
  length: number,
): Int32Array<ArrayBuffer> {
  let highest = 0;
  for (let i = 0; i < length; i++) highest = Math.max(highest, rows[i]!);
  for (const { row } of used) highest = Math.max(highest, row);
  const byRow = highest < positions.length ? positions : new Int32Array(2 * (highest + 1));
  for (let i = 0; i < length; i++) byRow[rows[i]!] = -1;
  for (let i = 0; i < used.length; i++) byRow[used[i]!.row] = i;
  return byRow;
}

function isEndpoints(value: unknown): value is readonly Endpoint[] {
  return Array.isArray(value) && value.every((entry) => typeof entry?.incarnation === 'number');
}

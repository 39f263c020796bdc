import { defineFilter, optional, prefixMatch, reject } from '@pointsman/core';
import { KV_CACHE_ABSENT, prefersIfAvailable } from '@pointsman/inference-api';
import { z } from 'zod';
import { prefixProducerName } from './producer-name.ts';

/**
 * For requests with `Prefer: if-available` keeps the endpoints that have at least one block of the prompt cached; when
 * nobody says what is cached, no endpoint has. Where none has, the request is rejected with 412. Other requests pass.
 */
export const conditionalDecodeFilter = defineFilter({
  type: 'conditional-decode-filter',
  description: 'Keeps endpoints that have the beginning of the prompt cached, where the client asks for it.',
  params: z.strictObject({
    /** Instance name of the plugin that says what is cached where. */
    prefixMatchInfoProducerName: prefixProducerName,
  }),
  reads: ({ prefixMatchInfoProducerName }) => [optional(prefixMatch(prefixMatchInfoProducerName))],
  create: ({ params, read }) => {
    const match = read(prefixMatch(params.prefixMatchInfoProducerName));
    return {
      filterAll(candidates, cycle, drops) {
        if (!prefersIfAvailable(cycle.request.headers['prefer'])) return;
        const rows = match.of(cycle);
        let kept = 0;
        for (let i = 0; i < candidates.length; i++) {
          const row = candidates.rows[i]!;
          if (rows?.has(row) === true && rows.fields.matchBlocks[row]! > 0) kept++;
          else drops.drop(i, KV_CACHE_ABSENT);
        }
        if (kept === 0) reject({ status: 412, reason: 'kv-cache-absent', message: KV_CACHE_ABSENT });
      },
    };
  },
});

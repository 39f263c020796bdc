import { definePlugin, optional, prefixMatch } from '@pointsman/core';
import { precisePrefixCache, preciseReads, preciseWrites } from './precise-prefix-cache.ts';
import { precisePrefixCacheScorerParams } from './precise-prefix-cache-params.ts';

const PRODUCER = 'precise-prefix-cache-producer';

/**
 * Prefers endpoints that have much of the prompt cached, as the model servers themselves report it: matched share of the prompt. With
 * parameters it hears events by itself; without any it reads what `precise-prefix-cache-producer` says.
 */
export const precisePrefixCacheScorer = definePlugin({
  type: 'precise-prefix-cache-scorer',
  kinds: ['scorer', 'fetcher'],
  description:
    'Prefers endpoints that have much of the prompt in their KV cache, by the events that model servers publish.',
  params: precisePrefixCacheScorerParams,
  reads: (params, name) =>
    params === undefined ? [prefixMatch(PRODUCER)] : [...preciseReads(name), optional(prefixMatch(name))],
  writes: (params, name) => (params === undefined ? [] : preciseWrites(name)),
  create: (context) => {
    const { params, name } = context;
    const match = context.read(prefixMatch(params === undefined ? PRODUCER : name));
    return {
      // A fetcher has to have one, also where another plugin does its work.
      prepare() {},
      ...(params === undefined ? {} : precisePrefixCache(context, params)),
      scoreAll(candidates, cycle, out) {
        const rows = match.of(cycle);
        out.fill(0, 0, candidates.length);
        if (rows === undefined) return;
        const { matchBlocks, totalBlocks } = rows.fields;
        for (let i = 0; i < candidates.length; i++) {
          const row = candidates.rows[i]!;
          if (!rows.has(row)) continue;
          const share = matchBlocks[row]! / totalBlocks[row]!;
          // Not so when there are no blocks, or the numbers make no sense.
          if (share > 0) out[i] = Math.min(1, share);
        }
      },
    };
  },
});

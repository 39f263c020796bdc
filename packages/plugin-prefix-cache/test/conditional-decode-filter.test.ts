import {
  createScheduler,
  defineFetcher,
  definePicker,
  type GraphOptions,
  optional,
  type PluginUse,
  prefixMatch,
} from '@pointsman/core';
import { KV_CACHE_ABSENT } from '@pointsman/inference-api';
import { afterEach, describe, expect, it } from 'vitest';
import { conditionalDecodeFilter } from '../src/index.ts';

/** What the header `matched` says of each endpoint: blocks, or nothing. */
const matches = defineFetcher({
  type: 'matches',
  reads: (_, name) => [optional(prefixMatch(name))],
  writes: (_, name) => [prefixMatch(name)],
  create: ({ name }) => ({
    prepare({ request }, sink, candidates) {
      const matched = JSON.parse(request.headers['matched'] ?? '{}') as Record<string, number>;
      for (const candidate of candidates) {
        const matchBlocks = matched[candidate.id];
        if (matchBlocks === undefined) continue;
        const value = { matchBlocks, cachedBlockCount: matchBlocks, totalBlocks: 4, blockSizeTokens: 64 };
        sink.setCandidate(candidate, prefixMatch(name), value);
      }
    },
  }),
})();

const first = definePicker({
  type: 'first',
  create: () => ({
    pick(candidates, _totals, _cycle, order) {
      for (let i = 0; i < candidates.length; i++) order[i] = i;
      return candidates.length;
    },
  }),
})();

let scheduler: ReturnType<typeof createScheduler> | undefined;
afterEach(() => scheduler?.close());

function start(filter: PluginUse, plugins: GraphOptions['plugins'] = []) {
  scheduler = createScheduler({
    endpoints: ['a', 'b', 'c'].map((id, i) => ({ id, address: '127.0.0.1', port: i + 1 })),
    plugins,
    profiles: { default: { filters: [filter], picker: first } },
  });
  return async (prefer: string | undefined, matched: Readonly<Record<string, number>> = {}) => {
    const headers = { matched: JSON.stringify(matched), ...(prefer !== undefined && { prefer }) };
    const call = await scheduler!.schedule({ headers });
    call.end();
    return [call.decision.target, ...call.decision.fallbacks].map(({ id }) => id);
  };
}

const absent = {
  code: 'REJECTED',
  httpStatus: 412,
  reason: 'kv-cache-absent',
  message: KV_CACHE_ABSENT,
  drops: ['a', 'b', 'c'].map((endpoint) => ({
    endpoint,
    filter: 'conditional-decode-filter',
    reason: KV_CACHE_ABSENT,
  })),
};

describe('conditional-decode-filter', () => {
  it('keeps the endpoints that have the beginning of the prompt, where the client asks for it', async () => {
    const send = start(conditionalDecodeFilter(), [matches.as('approx-prefix-cache-producer')]);
    expect(await send('if-available', { b: 1, c: 4 })).toEqual(['b', 'c']);
    expect(await send('wait=1', { b: 1 })).toEqual(['a', 'b', 'c']);
    expect(await send(undefined, { b: 1 })).toEqual(['a', 'b', 'c']);
  });

  it('rejects the request where no endpoint has it', async () => {
    const send = start(conditionalDecodeFilter(), [matches.as('approx-prefix-cache-producer')]);
    await expect(send('if-available', { a: 0, b: Number.NaN })).rejects.toMatchObject(absent);
    await expect(send('if-available')).rejects.toMatchObject(absent);
  });

  it('rejects the request where it is not known who has it', async () => {
    const send = start(conditionalDecodeFilter());
    await expect(send('if-available')).rejects.toMatchObject(absent);
    expect(await send(undefined)).toEqual(['a', 'b', 'c']);
  });

  it('can look at what another producer says', async () => {
    const filter = conditionalDecodeFilter({ prefixMatchInfoProducerName: 'other' });
    expect(await start(filter, [matches.as('other')])('if-available', { c: 1 })).toEqual(['c']);
  });
});

import { createScheduler, defineFetcher, definePicker, type GraphOptions, prefixMatch } from '@pointsman/core';
import { afterEach, describe, expect, it } from 'vitest';
import { noHitLruScorer } from '../src/index.ts';

const spec = (id: string, port: number) => ({ id, address: '127.0.0.1', port });

/** Nothing is cached anywhere, but where the header says so. */
const matches = defineFetcher({
  type: 'matches',
  writes: [prefixMatch()],
  create: () => ({
    prepare({ request }, sink, candidates) {
      const value = { matchBlocks: 1, cachedBlockCount: 1, totalBlocks: 2, blockSizeTokens: 64 };
      for (const candidate of candidates) {
        if (request.headers['cached-on'] === candidate.id) sink.setCandidate(candidate, prefixMatch(), value);
      }
    },
  }),
})();

const best = definePicker({
  type: 'best',
  create: () => ({
    pick(candidates, totals, _cycle, order) {
      const indices = Array.from({ length: candidates.length }, (_, i) => i).sort((a, b) => totals[b]! - totals[a]!);
      for (const [place, i] of indices.entries()) order[place] = i;
      return candidates.length;
    },
  }),
})();

const graphOf = (lruSize: number): GraphOptions => ({
  plugins: [matches],
  profiles: { default: { scorers: [noHitLruScorer({ lruSize })], picker: best } },
});

let scheduler: ReturnType<typeof createScheduler> | undefined;
afterEach(() => scheduler?.close());

function start(lruSize = 0) {
  scheduler = createScheduler({ endpoints: [spec('a', 1), spec('b', 2), spec('c', 3)], ...graphOf(lruSize) });
  return scheduler.pools.get('default')!;
}

const send = (headers: Record<string, string> = {}) => scheduler!.schedule({ headers });
const order = (pool: ReturnType<typeof start>) => pool.inspect()['no-hit-lru-scorer'];

describe('no-hit-lru-scorer', () => {
  it('goes round the endpoints with requests that are cached nowhere', async () => {
    start();
    const targets: string[] = [];
    for (let i = 0; i < 7; i++) targets.push((await send()).decision.target.id);
    expect(targets).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'a']);
  });

  it('has no preference, and learns nothing, where something is cached', async () => {
    const pool = start();
    await send();
    const call = await send({ 'cached-on': 'c' });
    expect(call.decision.explain().profiles[0]!.candidates.map(({ scores }) => scores[0]!.raw)).toEqual([
      0.5, 0.5, 0.5,
    ]);
    expect(order(pool)).toEqual({ oldestFirst: ['a'] });
  });

  it('counts the fallback that took over', async () => {
    const pool = start();
    (await send()).next('connect refused');
    expect(order(pool)).toEqual({ oldestFirst: ['a', 'b'] });
  });

  it('forgets endpoints that are gone, and remembers no more than lruSize', async () => {
    const pool = start(2);
    for (let i = 0; i < 3; i++) await send();
    expect(order(pool)).toEqual({ oldestFirst: ['b', 'c'] });
    pool.setEndpoints([spec('a', 1), spec('c', 3), spec('d', 4)]);
    expect(order(pool)).toEqual({ oldestFirst: ['c'] });
    expect((await send()).decision.target.id).toBe('a');
    expect((await send()).decision.target.id).toBe('d');
  });

  it('keeps its memory when the configuration changes', async () => {
    const pool = start();
    for (let i = 0; i < 3; i++) await send();
    pool.planReload(graphOf(2)).commit();
    expect(order(pool)).toEqual({ oldestFirst: ['b', 'c'] });
  });

  it.each([{ lruSize: 1.5 }, { lruSize: '1' }, { prefixMatchInfoProducerName: 1 }, { unknownKey: 1 }])(
    'refuses %j',
    (params) => {
      expect(() => noHitLruScorer(params as never)).toThrow(expect.objectContaining({ code: 'PARAMS_INVALID' }));
    },
  );
});

import {
  type Call,
  cacheBlockSize,
  cacheNumBlocks,
  createScheduler,
  defineFetcher,
  definePicker,
  defineProfileHandler,
  type GraphOptions,
  type Pool,
  prefixMatch,
  type SchedulerHost,
  type TokenizedPrompt,
  tokenizedPrompt,
} from '@pointsman/core';
import { packTokens } from '@pointsman/testkit/harness';
import { afterEach, describe, expect, it } from 'vitest';
import { approxPrefixCacheProducer, prefixCacheScorer } from '../src/index.ts';

type Params = Parameters<typeof approxPrefixCacheProducer>[0];

const NAME = 'approx-prefix-cache-producer';
const spec = (id: string, port: number) => ({ id, address: '127.0.0.1', port });

/** Picks the best by total, then in order; what is asked for in the header `want` comes first. */
const picker = definePicker({
  type: 'wanted-first',
  create: () => ({
    pick(candidates, totals, cycle, order) {
      const wanted = cycle.request.headers[`want-${cycle.profile}`];
      const rank = (i: number) => (candidates.endpoint(i).id === wanted ? -1 : -totals[i]! / 2);
      const indices = Array.from({ length: candidates.length }, (_, i) => i).sort((a, b) => rank(a) - rank(b));
      for (const [place, i] of indices.entries()) order[place] = i;
      return candidates.length;
    },
  }),
})();

/** Takes the payload for the tokens. */
const tokens = defineFetcher({
  type: 'tokens',
  writes: [tokenizedPrompt],
  create: () => ({
    prepare({ request }, sink) {
      if (request.payload !== undefined) sink.set(tokenizedPrompt, request.payload as TokenizedPrompt);
    },
  }),
})();

const bothProfiles = defineProfileHandler({
  type: 'both-profiles',
  create: () => ({
    handle(_cycle, run) {
      const [primary, prefill] = [run('default'), run('prefill')];
      return primary && { primary, ...(prefill === undefined ? {} : { companions: { prefill } }) };
    },
  }),
})();

let scheduler: SchedulerHost | undefined;
afterEach(() => scheduler?.close());

function graphOf(params: Params): GraphOptions {
  return {
    plugins: [tokens, approxPrefixCacheProducer(params)],
    profiles: { default: { scorers: [prefixCacheScorer()], picker }, prefill: { picker } },
    profileHandler: bothProfiles,
  };
}

function start(params: Params = {}): Pool {
  scheduler = createScheduler({ endpoints: [spec('a', 1), spec('b', 2)], ...graphOf(params) });
  return scheduler.pools.get('default')!;
}

interface Ask {
  readonly want?: string;
  readonly prefill?: string;
  readonly salt?: string;
  readonly prompts?: readonly number[];
  readonly model?: string;
}

/** A request whose prompts are the numbers from 0 on, so many of each. */
async function ask({ want = 'a', prefill = want, salt = '', prompts = [640], model = 'm' }: Ask): Promise<Call> {
  const payload: TokenizedPrompt = {
    prompts: prompts.map((count) => ({ packed: packTokens([[0, count]]), count, multimodal: [] })),
    cacheSalt: salt,
  };
  const headers = { 'want-default': want, 'want-prefill': prefill };
  return await scheduler!.schedule({ model, targetModel: model, headers, payload });
}

/** Scores of the prefix cache by endpoint: the matched share of the prompt. */
function shares(call: Call): Record<string, number | null> {
  const { candidates } = call.decision.explain().profiles[0]!;
  return Object.fromEntries(candidates.map(({ endpoint, scores }) => [endpoint, scores[0]!.raw]));
}

interface State {
  readonly blocks: number;
  readonly entries: number;
  readonly bytes: number;
  readonly maxBytes: number;
  readonly hitRate: number;
  readonly blocksByEndpoint: Readonly<Record<string, number>>;
}

const state = (pool: Pool) => pool.inspect()[NAME] as unknown as State;

describe('approx-prefix-cache-producer', () => {
  it('finds a prompt, and what begins like it, where it was sent', async () => {
    const pool = start();
    expect(shares(await ask({}))).toEqual({ a: 0, b: 0 });
    expect(shares(await ask({ want: 'b' }))).toEqual({ a: 1, b: 0 });
    expect(shares(await ask({ prompts: [1280] }))).toEqual({ a: 0.5, b: 0.5 });
    expect(shares(await ask({ prompts: [1280, 640] }))).toEqual({ a: 1, b: 20 / 30 });
    expect(state(pool)).toMatchObject({ requests: 4, lookedUpBlocks: 70, hitBlocks: 40, blocks: 20, entries: 30 });
    expect(state(pool).hitRate).toBeCloseTo(40 / 70);
    expect(state(pool).bytes).toBeLessThanOrEqual(state(pool).maxBytes);
  });

  it('keeps models and cache salts apart', async () => {
    start();
    await ask({ salt: 'tenant-1' });
    expect(shares(await ask({ salt: 'tenant-2' }))).toEqual({ a: 0, b: 0 });
    expect(shares(await ask({ salt: 'tenant-1', model: 'other' }))).toEqual({ a: 0, b: 0 });
    expect(shares(await ask({ salt: 'tenant-1' }))).toEqual({ a: 1, b: 0 });
  });

  it('records what prefill and decode endpoints have, and the fallback that took over', async () => {
    const pool = start();
    const call = await ask({ want: 'a', prefill: 'b' });
    expect(state(pool).blocksByEndpoint).toEqual({ a: 10, b: 10 });
    call.end();
    const failing = await ask({ want: 'a', salt: 'new' });
    expect(failing.next('connect refused')?.id).toBe('b');
    expect(state(pool).blocksByEndpoint).toEqual({ a: 20, b: 20 });
  });

  it('forgets an endpoint that is gone, whoever takes its row', async () => {
    const pool = start();
    const call = await ask({ want: 'a', prefill: 'b' });
    pool.setEndpoints([spec('a', 1), spec('c', 3), spec('d', 4)]);
    expect(pool.endpoints().map(({ row }) => row)).toContain(1);
    expect(state(pool).blocksByEndpoint).toEqual({ a: 10 });
    // The call still names the endpoint that is gone as its companion.
    pool.setEndpoints([spec('a', 1), spec('c', 3)]);
    call.next('connection reset');
    expect(state(pool).blocksByEndpoint).toEqual({ a: 10 });
    expect(shares(await ask({ want: 'c' }))).toEqual({ a: 1, c: 0 });
  });

  it('an endpoint that comes back under another address begins anew; new labels change nothing', async () => {
    const pool = start();
    await ask({ want: 'a', prefill: 'b' });
    pool.setEndpoints([{ ...spec('a', 1), labels: { zone: 'x' } }, spec('b', 9)]);
    expect(state(pool).blocksByEndpoint).toEqual({ a: 10 });
  });

  it('says nothing without tokens, and records nothing of an empty prompt', async () => {
    const pool = start();
    const call = await scheduler!.schedule({ model: 'm' });
    expect(shares(call)).toEqual({ a: 0, b: 0 });
    expect(shares(await ask({ prompts: [] }))).toEqual({ a: 0, b: 0 });
    expect(shares(await ask({ prompts: [0, 0] }))).toEqual({ a: 0, b: 0 });
    expect(state(pool)).toMatchObject({ entries: 0, requests: 0, hitRate: null });
    expect(pool.faultCounts()).toEqual({});
  });

  it('follows block size and number of blocks of the model server', async () => {
    const pool = start();
    pool.setData('a', cacheBlockSize, 128);
    pool.setData('a', cacheNumBlocks, 3);
    await ask({ want: 'a' });
    expect(state(pool).blocksByEndpoint).toEqual({ a: 3 });
    expect(shares(await ask({ want: 'a' }))).toEqual({ a: 3 / 5, b: 0 });
    pool.setData('a', cacheNumBlocks, 4);
    await ask({ want: 'a' });
    expect(state(pool).blocksByEndpoint).toEqual({ a: 4 });
    pool.setData('a', cacheNumBlocks, 2);
    await ask({ want: 'a' });
    expect(state(pool).blocksByEndpoint).toEqual({ a: 2 });
  });

  it.each([Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, -5, 0, 0.5, 1e300])(
    'survives a model server that says it has %d blocks of %d tokens',
    async (nonsense) => {
      const pool = start();
      pool.setData('a', cacheBlockSize, nonsense);
      pool.setData('a', cacheNumBlocks, nonsense);
      await ask({ want: 'a' });
      expect(shares(await ask({ want: 'a' }))).toEqual({ a: 1, b: 0 });
      expect(pool.faultCounts()).toEqual({});
    },
  );

  it('without autoTune keeps to its parameters', async () => {
    const pool = start({ autoTune: false, blockSizeTokens: 320, lruCapacityPerServer: 1 });
    pool.setData('a', cacheBlockSize, 128);
    pool.setData('a', cacheNumBlocks, 3);
    await ask({ want: 'a' });
    expect(state(pool).blocksByEndpoint).toEqual({ a: 1 });
    expect(shares(await ask({ want: 'a' }))).toEqual({ a: 1 / 2, b: 0 });
  });

  it.each([
    [{ maxPrefixTokensToMatch: 200 }, 3],
    [{ maxPrefixTokensToMatch: 10 }, 0],
    [{ maxPrefixTokensToMatch: 0, maxPrefixBlocksToMatch: 4 }, 4],
    [{ maxPrefixTokensToMatch: 0, maxPrefixBlocksToMatch: -1 }, 0],
    [{ maxPrefixTokensToMatch: 0, maxPrefixBlocksToMatch: 0 }, 10],
  ])('%j looks at %i blocks', async (params, blocks) => {
    const pool = start(params);
    await ask({ want: 'a' });
    expect(state(pool).blocks).toBe(blocks);
  });

  describe('when the configuration changes', () => {
    it('keeps the index where the blocks are the same', async () => {
      const pool = start();
      await ask({ want: 'a' });
      pool.planReload(graphOf({ lruCapacityPerServer: 5 })).commit();
      expect(shares(await ask({ want: 'a' }))).toEqual({ a: 1, b: 0 });
      expect(state(pool).blocksByEndpoint).toEqual({ a: 5 });
      pool.planReload(graphOf({ lruCapacityPerServer: 5, maxIndexBytes: 65_536 })).commit();
      expect(shares(await ask({ want: 'a' }))).toEqual({ a: 1 / 2, b: 0 });
    });

    it('begins anew where they are not', async () => {
      const pool = start({ autoTune: false, blockSizeTokens: 64 });
      await ask({ want: 'a' });
      pool.planReload(graphOf({ autoTune: false, blockSizeTokens: 128 })).commit();
      expect(state(pool).blocksByEndpoint).toEqual({});
    });

    it('moves into a smaller budget only when it takes effect', async () => {
      const pool = start();
      for (let i = 0; i < 50; i++) await ask({ want: 'a', salt: `${i}`, prompts: [6400] });
      const { entries, bytes } = state(pool);
      const plan = pool.planReload(graphOf({ maxIndexBytes: 65_536 }));
      expect(state(pool)).toMatchObject({ entries, bytes });
      plan.discard();
      expect(shares(await ask({ want: 'a', salt: '0', prompts: [6400] }))).toEqual({ a: 1, b: 0 });
      pool.planReload(graphOf({ maxIndexBytes: 65_536 })).commit();
      expect(state(pool).bytes).toBeLessThanOrEqual(65_536);
      expect(shares(await ask({ want: 'a', salt: '0', prompts: [6400] }))).toEqual({ a: 1, b: 0 });
    });

    it('a call from before records into the same index', async () => {
      const pool = start();
      const call = await ask({ want: 'a' });
      pool.planReload(graphOf({ lruCapacityPerServer: 1000 })).commit();
      await ask({ want: 'a' });
      call.next('connect refused');
      expect(shares(await ask({ want: 'a' }))).toEqual({ a: 1, b: 1 });
    });
  });

  it('writes under its instance name', () => {
    const use = approxPrefixCacheProducer().as('cpu-prefix-cache');
    const keys = use.definition.writesOf(use.params, use.name).map(({ id }) => id);
    expect(keys).toContain(prefixMatch('cpu-prefix-cache').id);
  });

  it.each([
    { blockSizeTokens: 1.5 },
    { blockSizeTokens: '64' },
    { autoTune: 'yes' },
    { autoTune: false, blockSizeTokens: 0 },
    { autoTune: false, blockSizeTokens: 0, blockSize: 64 },
    { autoTune: false, blockSize: -1 },
    { maxPrefixTokensToMatch: -1 },
    { maxIndexBytes: 0 },
    { maxIndexBytes: Number.POSITIVE_INFINITY },
    { lruCapacityPerServer: Number.NaN },
    { unknownKey: 1 },
  ])('refuses %j', (params) => {
    expect(() => approxPrefixCacheProducer(params as never)).toThrow(
      expect.objectContaining({ code: 'PARAMS_INVALID' }),
    );
  });

  it.each([
    { autoTune: true, blockSizeTokens: 0 },
    { autoTune: false, blockSize: 64 },
    { lruCapacityPerServer: -1 },
    { maxPrefixBlocksToMatch: -1 },
    { blockSize: -1 },
  ])('accepts %j', (params) => {
    expect(() => approxPrefixCacheProducer(params)).not.toThrow();
  });
});

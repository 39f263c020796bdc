import { describe, expect, it } from 'vitest';
import type { BlockStored } from '../src/events/kv-event.ts';
import { CborFnvHasher } from '../src/hash/cbor-fnv-hasher.ts';
import { promptKeys } from '../src/hash/prompt-keys.ts';
import { EngineCaches } from '../src/index-store/engine-caches.ts';
import { MatchTally } from '../src/index-store/match-tally.ts';
import { promptOf, tokensOf } from './token-prompt.ts';

const OURS = 4;
const tokens = tokensOf(1, 24);
const tally = new MatchTally();

function setting(maxBytes = 1 << 22) {
  const caches = new EngineCaches(new CborFnvHasher(OURS, ''), { maxBytes, maxBlocks: 1e6 });
  const cache = caches.add();
  const matched = (prompt = promptOf(tokens)) => {
    const keys = promptKeys(prompt, 'm', caches.hasher);
    tally.restart(caches.index.columns);
    caches.index.match(keys.words, 0, keys.count, [0, 1, 2], [1, 1, 1], tally);
    return tally.blocks[cache.column]!;
  };
  return { caches, cache, matched };
}

/** Blocks of four tokens with the hashes 1, 2, ... at the beginning of the prompt. */
function stored(count: number, more: Partial<BlockStored> = {}): BlockStored {
  return {
    kind: 'stored',
    hashes: Int32Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? i / 2 + 1 : 0)),
    parent: undefined,
    tokens: Uint32Array.from(tokens.slice(0, OURS * count)),
    blockSize: OURS,
    adapter: '',
    tier: 'gpu',
    extras: undefined,
    group: -1,
    groupKind: '',
    ...more,
  };
}

const removed = (hash: number, group = -1, tier = 'gpu') =>
  ({ kind: 'removed', hashes: Int32Array.of(hash, 0), tier, group }) as const;

describe('events that an endpoint sends', () => {
  it('are counted: what was stored twice is dropped twice', () => {
    const { cache, matched } = setting();
    cache.apply(stored(2), 'm');
    cache.apply(stored(2), 'm');
    cache.apply(removed(1), 'm');
    expect(matched()).toBe(2);
    cache.apply(removed(1), 'm');
    expect(matched()).toBe(0);
    cache.apply(removed(1), 'm');
    expect(cache.blocks).toBe(1);
  });

  it('of KV-cache groups count when these are prefix caches', () => {
    const { cache, matched } = setting();
    expect(cache.apply(stored(2, { group: 1 }), 'm')).toBe('unsupported_cache_kind');
    expect(cache.apply(stored(2, { group: 1, groupKind: 'sliding_window' }), 'm')).toBe('unsupported_cache_kind');
    expect(cache.apply(stored(2, { group: 0, groupKind: 'full_attention' }), 'm')).toBeUndefined();
    // Known from now on.
    expect(cache.apply(stored(3, { group: 0 }), 'm')).toBeUndefined();
    expect(cache.apply(stored(3, { group: 0, blockSize: 0 }), 'm')).toBe('invalid_block_size');
    expect(matched()).toBe(3);
    expect(cache.apply(removed(3, 1), 'm')).toBe('unsupported_cache_kind');
    cache.apply(removed(3, -1), 'm');
    expect(matched()).toBe(3);
    cache.apply(removed(3, 0), 'm');
    expect(matched()).toBe(2);
  });

  it.each([
    ['tokens that are no whole blocks', { tokens: Uint32Array.of(1, 2, 3) }, 'non_dense_block_span'],
    ['another block size than their tokens have', { blockSize: 8 }, 'non_dense_block_span'],
    ['a negative block size', { blockSize: -1 }, 'invalid_block_size'],
    ['blocks of a million tokens', { tokens: new Uint32Array(2_000_000), blockSize: 0 }, 'invalid_block_size'],
    ['a parent that nobody knows', { parent: Int32Array.of(99, 9) }, 'unknown_parent'],
    ['hashes alone that nobody knows', { tokens: new Uint32Array(0), tier: 'cpu' }, 'unknown_block'],
  ])('are left out when they have %s', (_, more, reason) => {
    const { cache, matched } = setting();
    expect(cache.apply(stored(2, more), 'm')).toBe(reason);
    expect(matched()).toBe(0);
    expect(cache.apply(stored(2), 'm')).toBeUndefined();
    expect(matched()).toBe(2);
  });

  it('may name a limited number of tiers', () => {
    const { caches, cache } = setting();
    const reasons = Array.from({ length: 100 }, (_, i) => cache.apply(stored(1, { tier: `tier-${i}` }), 'm'));
    expect(reasons.filter((reason) => reason === undefined)).toHaveLength(8);
    expect(reasons.at(-1)).toBe('too_many_tiers');
    expect(caches.tiers.count).toBe(8);
  });

  it('say what is in blocks beside tokens', () => {
    const { cache, matched } = setting();
    cache.apply(stored(4, { extras: [['salt'], ['picture'], ['picture'], undefined] }), 'm');
    expect(matched()).toBe(0);
    const { prompts } = promptOf(tokens);
    const multimodal = [{ modality: 'image', hash: 'picture', offset: 5, length: 6 }];
    const salted = { prompts: [{ ...prompts[0]!, multimodal }], cacheSalt: 'salt' };
    expect(matched(salted)).toBe(4);
    expect(matched({ ...salted, cacheSalt: 'other' })).toBe(0);
  });

  it('cannot take more memory than there is, nor all of it from others', () => {
    const { caches, cache } = setting(1 << 20);
    const modest = caches.add();
    for (let i = 0; i < 40_000; i++) {
      const flood = stored(1, { hashes: Int32Array.of(i, 7), tokens: Uint32Array.of(i, 1, 2, 3) });
      if (cache.apply(flood, 'm') !== undefined || caches.bytes > 1 << 20) expect.fail(`after ${i} blocks`);
      if (i >= 30_000)
        modest.apply(stored(1, { hashes: Int32Array.of(i, 8), tokens: Uint32Array.of(i, 4, 5, 6) }), 'm');
    }
    expect(cache.blocks).toBeGreaterThan(1000);
    expect(modest.blocks).toBeGreaterThan(1000);
    caches.remove(cache);
    expect(caches.bytes).toBeLessThanOrEqual(1 << 20);
  });
});

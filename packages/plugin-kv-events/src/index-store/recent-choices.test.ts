import { describe, expect, it } from 'vitest';
import { CborFnvHasher } from '../hash/cbor-fnv-hasher.ts';
import { EngineCaches } from './engine-caches.ts';

const TTL = 2000;

function setting() {
  const caches = new EngineCaches(new CborFnvHasher(16, ''), { maxBytes: 1 << 20, maxBlocks: 1000 });
  const { choices } = caches;
  const cache = caches.add();
  const known = (keys: readonly number[]) => keys.filter((key) => caches.index.has(key, key, cache.column, 0));
  return { caches, choices, cache, known };
}

/** A chain of keys; chains with the same beginning have the same keys there. */
const chain = (...keys: readonly number[]) => Int32Array.from(keys.flatMap((key) => [key, key]));

describe('choices that were just made', () => {
  it('count for a time', () => {
    const { choices, cache, known } = setting();
    choices.add(chain(1, 2, 3), 0, 3, cache, TTL);
    choices.expire(TTL - 1);
    expect(known([1, 2, 3])).toEqual([1, 2, 3]);
    choices.expire(TTL);
    expect(known([1, 2, 3])).toEqual([]);
  });

  it('leave to later ones what these have in common with them', () => {
    const { choices, cache, known } = setting();
    choices.add(chain(1, 2, 3), 0, 3, cache, TTL);
    choices.add(chain(9, 1, 2, 7), 1, 4, cache, TTL + 500);
    choices.expire(TTL);
    expect(known([1, 2, 3, 7])).toEqual([1, 2, 7]);
    choices.expire(TTL + 500);
    expect(known([1, 2, 3, 7])).toEqual([]);
  });

  it('do not outlive their endpoint, and do not touch who comes after it', () => {
    const { caches, choices, cache, known } = setting();
    choices.add(chain(1, 2), 0, 2, cache, TTL);
    cache.forget();
    expect(known([1, 2])).toEqual([]);
    choices.add(chain(1, 2), 0, 2, cache, TTL + 1000);
    choices.expire(TTL);
    expect(known([1, 2])).toEqual([1, 2]);
    caches.remove(cache);
    choices.expire(TTL + 1000);
  });

  it('take no room when they are over', () => {
    const { caches, choices, cache } = setting();
    for (let i = 0; i < 10_000; i++) {
      choices.expire(i * 100);
      choices.add(chain(i + 1, i + 2), 0, 2, cache, TTL + i * 100);
    }
    expect(caches.index.blocks).toBeLessThan(50);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BlockGrant, BlockPool } from './block-pool.ts';

function prompt(...hashes: number[]): Float64Array {
  return Float64Array.from(hashes);
}

describe('BlockPool', () => {
  it('shares blocks with equal hashes and counts the leading ones as cached', () => {
    const pool = new BlockPool(10);
    const first = pool.take(prompt(1, 2, 3), 4)!;
    const second = pool.take(prompt(1, 2, 9), 3)!;
    expect(first.cached).toBe(0);
    expect(second.cached).toBe(2);
    expect(second.blocks.slice(0, 2)).toEqual(first.blocks.slice(0, 2));
    expect(pool.used).toBe(5);
  });

  it('evicts what was unused for longest, the tail of a prompt before its head', () => {
    const pool = new BlockPool(4);
    pool.release(pool.take(prompt(1, 2), 2)!.blocks, 2);
    pool.release(pool.take(prompt(3, 4), 2)!.blocks, 2);
    // Two new blocks push out 2, then 1.
    pool.release(pool.take(prompt(5), 1)!.blocks, 1);
    expect(pool.take(prompt(1), 1)?.cached).toBe(1);
    expect(pool.take(prompt(3, 4), 2)?.cached).toBe(2);
    expect(pool.take(prompt(2), 1)?.cached).toBe(0);
  });

  it('takes nothing when not everything fits', () => {
    const pool = new BlockPool(3);
    const held = pool.take(prompt(1, 2), 2)!;
    expect(pool.take(prompt(3, 4), 2)).toBeUndefined();
    expect(pool.used).toBe(2);
    expect(pool.take(prompt(1, 2, 3), 3)?.cached).toBe(2);
    pool.release(held.blocks, 2);
    expect(pool.used).toBe(3);
  });

  it('forgets blocks that were never computed', () => {
    const pool = new BlockPool(4);
    pool.release(pool.take(prompt(1, 2, 3), 3)!.blocks, 1);
    expect(pool.take(prompt(1, 2, 3), 3)?.cached).toBe(1);
  });

  it('loses no block and frees none twice, whatever happens', () => {
    const step = fc.record({
      start: fc.nat(6),
      length: fc.integer({ min: 1, max: 6 }),
      more: fc.nat(2),
      releaseAt: fc.nat(20),
      computed: fc.nat(8),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.array(step, { maxLength: 60 }), (size, steps) => {
        const pool = new BlockPool(size);
        const held: BlockGrant[] = [];
        for (const { start, length, more, releaseAt, computed } of steps) {
          // Chained hashes: equal starts give equal prefixes.
          const hashes = Float64Array.from({ length }, (_, i) => start * 100 + i);
          const grant = pool.take(hashes, length + more);
          if (grant) {
            expect(new Set(grant.blocks).size).toBe(length + more);
            expect(grant.cached).toBeLessThanOrEqual(length);
            held.push(grant);
          } else {
            expect(length + more).toBeGreaterThan(pool.free);
          }
          if (releaseAt < held.length) pool.release(held.splice(releaseAt, 1)[0]!.blocks, computed);
          checkCounts(pool, held);
        }
        for (const { blocks } of held) pool.release(blocks, blocks.length);
        checkCounts(pool, []);
        expect(pool.free).toBe(size);
      }),
    );
  });
});

function checkCounts(pool: BlockPool, held: readonly BlockGrant[]): void {
  const holders = new Map<number, number>();
  for (const { blocks } of held) for (const block of blocks) holders.set(block, (holders.get(block) ?? 0) + 1);
  for (let block = 0; block < pool.size; block++) expect(pool.holders(block)).toBe(holders.get(block) ?? 0);
  expect(pool.used).toBe(holders.size);
  expect(pool.cached).toBeLessThanOrEqual(pool.size);
}

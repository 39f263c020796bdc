import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BlockHashes } from '../src/hash/block-hashes.ts';
import { hashBlocks } from '../src/hash/hash-blocks.ts';
import { BlockHolders } from '../src/index-store/block-holders.ts';
import { PrefixIndex } from '../src/index-store/prefix-index.ts';
import { hashText } from './hash-text.ts';
import { NaiveIndex } from './naive-index.ts';

const AMPLE = 1 << 30;
const ROWS = 5;

/** Blocks of one token, so that short prompts of few tokens share much. */
function hashesOf(prompts: readonly (readonly number[])[]): BlockHashes {
  const packed = prompts.map((tokens) => new Uint8Array(Uint32Array.from(tokens).buffer));
  return hashBlocks(
    { prompts: packed.map((bytes) => ({ packed: bytes, count: bytes.length / 4, multimodal: [] })), cacheSalt: '' },
    { model: 'm', blockSizeTokens: 1, maxBlocks: Number.POSITIVE_INFINITY },
  );
}

function matchesOf(index: PrefixIndex, hashes: BlockHashes): number[] {
  const matched = new Float64Array(ROWS);
  index.match(hashes, matched);
  return [...matched];
}

const token = fc.integer({ min: 0, max: 2 });
/** Some so short that the same ones come again and again. */
const tokens = fc.oneof(fc.array(token, { maxLength: 2 }), fc.array(token, { maxLength: 12 }));
const prompts = fc.array(tokens, { maxLength: 3 });
const row = fc.integer({ min: 0, max: ROWS - 1 });
const record = fc.record({
  do: fc.constant('record' as const),
  prompts,
  row,
  capacity: fc.integer({ min: 1, max: 40 }),
});
const look = fc.record({ do: fc.constant('look' as const), prompts });
const remove = fc.record({ do: fc.constant('remove' as const), row });

describe('the index', () => {
  it('matches, holds and forgets what a naive one does', () => {
    const operation = fc.oneof(
      { arbitrary: record, weight: 5 },
      { arbitrary: look, weight: 4 },
      { arbitrary: remove, weight: 1 },
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 80, size: 'max' }), (operations) => {
        const index = new PrefixIndex(AMPLE);
        const model = new NaiveIndex();
        for (const step of operations) {
          if (step.do === 'remove') {
            index.removeRow(step.row);
            model.remove(String(step.row));
          } else {
            const hashes = hashesOf(step.prompts);
            const chains = hashText(hashes);
            const expected = Array.from({ length: ROWS }, (_, r) => model.match(chains, String(r)));
            expect(matchesOf(index, hashes)).toEqual(expected);
            expect(expected.map((_, r) => index.matchOf(hashes, r))).toEqual(expected);
            if (step.do === 'record') {
              index.record(hashes, step.row, step.capacity);
              model.record(chains, String(step.row), step.capacity);
            }
          }
          const sizes = model.sizes();
          expect(Array.from({ length: ROWS }, (_, r) => index.blocksOf(r))).toEqual(
            Array.from({ length: ROWS }, (_, r) => sizes[r] ?? 0),
          );
          expect(index.entries).toBe(Object.values(sizes).reduce((sum, size) => sum + size, 0));
          expect(index.blocks).toBe(model.blocks());
        }
      }),
    );
  });

  it('never exceeds its budget, and keeps what is newest', () => {
    const operations = fc.array(
      fc.record({ prompts: fc.array(fc.array(fc.nat(30), { maxLength: 60, size: 'max' }), { maxLength: 3 }), row }),
      {
        minLength: 10,
        maxLength: 60,
        size: 'max',
      },
    );
    const budget = fc.integer({ min: BlockHolders.bytesFor(64), max: BlockHolders.bytesFor(400) });
    fc.assert(
      fc.property(operations, budget, (steps, budgetBytes) => {
        const index = new PrefixIndex(budgetBytes);
        /** Every pair ever recorded, oldest first. */
        const ages = new Set<string>();
        for (const { prompts: given, row: target } of steps) {
          const hashes = hashesOf(given);
          for (const chain of hashText(hashes).toReversed()) {
            for (const hash of chain.toReversed()) {
              ages.delete(`${target} ${hash}`);
              ages.add(`${target} ${hash}`);
            }
          }
          index.record(hashes, target, Number.POSITIVE_INFINITY);
          expect(index.bytes).toBeLessThanOrEqual(budgetBytes);
          const kept = new Set([...ages].slice(ages.size - index.entries));
          const matched = hashText(hashes).map((chain) => chain.findIndex((hash) => !kept.has(`${target} ${hash}`)));
          const expected = matched.map((missing, p) => (missing === -1 ? hashText(hashes)[p]!.length : missing));
          expect(index.matchOf(hashes, target)).toBe(expected.reduce((sum, length) => sum + length, 0));
          expect(index.entries + index.evicted).toBeGreaterThanOrEqual(ages.size);
          if (index.evicted > 0) expect(index.entries).toBeGreaterThanOrEqual(64);
        }
      }),
    );
  });

  it('survives a budget for less than one prompt', () => {
    const index = new PrefixIndex(BlockHolders.bytesFor(64));
    const hashes = hashesOf([Array.from({ length: 1000 }, (_, i) => i)]);
    index.record(hashes, 0, Number.POSITIVE_INFINITY);
    expect(matchesOf(index, hashes)[0]).toBe(64);
    index.record(hashes, 1, Number.POSITIVE_INFINITY);
    expect(matchesOf(index, hashes).slice(0, 2)).toEqual([0, 64]);
  });

  it('moves into a smaller budget with its newest blocks, and into a larger one as it is', () => {
    const index = new PrefixIndex(AMPLE);
    const old = hashesOf([Array.from({ length: 500 }, (_, i) => i)]);
    const young = hashesOf([Array.from({ length: 40 }, (_, i) => 1000 + i)]);
    index.record(old, 0, Number.POSITIVE_INFINITY);
    index.record(young, 1, Number.POSITIVE_INFINITY);
    const budget = BlockHolders.bytesFor(100);
    const smaller = index.within(budget);
    expect(smaller.bytes).toBeLessThanOrEqual(budget);
    expect(BlockHolders.bytesFor(smaller.entries)).toBe(smaller.bytes);
    expect(smaller.matchOf(young, 1)).toBe(40);
    expect(smaller.matchOf(old, 0)).toBe(smaller.entries - 40);
    expect(index.within(AMPLE)).toBe(index);
    expect(index.matchOf(old, 0)).toBe(500);
  });

  it('shrinks an endpoint whose capacity became smaller', () => {
    const index = new PrefixIndex(AMPLE);
    const long = hashesOf([Array.from({ length: 100 }, (_, i) => i)]);
    index.record(long, 0, 100);
    index.record(hashesOf([[5]]), 0, 10);
    expect(index.blocksOf(0)).toBe(10);
    expect(index.matchOf(long, 0)).toBe(9);
  });
});

import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import xxhash from 'xxhash-wasm';
import { hashBlocks, MAX_BLOCK_TOKENS } from '../src/hash/hash-blocks.ts';
import { hashText } from './hash-text.ts';

let h64Raw: (bytes: Uint8Array) => bigint;
beforeAll(async () => {
  ({ h64Raw } = await xxhash());
});

/** The chain by its formula, over another implementation of XXH64. */
function chainOf(packed: Uint8Array, root: string, blockBytes: number, maxBlocks: number): string[] {
  const chain: string[] = [];
  let previous = h64Raw(new TextEncoder().encode(root));
  for (let at = 0; at < packed.length && chain.length < maxBlocks; at += blockBytes) {
    const link = new DataView(new ArrayBuffer(16));
    link.setBigUint64(0, h64Raw(packed.subarray(at, at + blockBytes)), true);
    link.setBigUint64(8, previous, true);
    previous = h64Raw(new Uint8Array(link.buffer));
    chain.push(previous.toString(16).padStart(16, '0'));
  }
  return chain;
}

const promptOf = (packed: Uint8Array) => ({ packed, count: packed.length / 4, multimodal: [] });

/** Bytes without a pattern, the same in every run. */
function noise(length: number): Uint8Array {
  let state = length;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}

describe('hashBlocks', () => {
  it('gives the chain of the formula, for any prompts, salts and block sizes', () => {
    const packed = fc.uint8Array({ maxLength: 600 }).map((bytes) => bytes.slice(0, bytes.length & ~3));
    fc.assert(
      fc.property(
        fc.array(packed, { maxLength: 4 }),
        fc.string({ unit: 'binary', maxLength: 50 }),
        fc.string({ maxLength: 10 }),
        fc.integer({ min: 1, max: 80 }),
        fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 0, max: 5 })),
        (prompts, model, cacheSalt, blockSizeTokens, maxBlocks) => {
          const hashes = hashBlocks(
            { prompts: prompts.map(promptOf), cacheSalt },
            { model, blockSizeTokens, maxBlocks },
          );
          const expected = prompts.map((bytes) => chainOf(bytes, model + cacheSalt, 4 * blockSizeTokens, maxBlocks));
          expect(hashText(hashes)).toEqual(expected);
          expect(hashes.count).toBe(expected.flat().length);
        },
      ),
    );
  });

  it.each([
    [65_536, 64],
    [65_540, 64],
    [200_000, 64],
    [200_000, 1000],
    [131_072, 16_384],
    [131_080, 16_385],
    [600_000, MAX_BLOCK_TOKENS],
    [262_144, MAX_BLOCK_TOKENS],
  ])('prompts of %i bytes go through in pieces, with blocks of %i tokens', (bytes, blockSizeTokens) => {
    const packed = noise(bytes);
    const options = { model: 'm', blockSizeTokens, maxBlocks: Number.POSITIVE_INFINITY };
    const hashes = hashBlocks({ prompts: [promptOf(packed)], cacheSalt: '' }, options);
    expect(hashText(hashes)).toEqual([chainOf(packed, 'm', 4 * blockSizeTokens, Number.POSITIVE_INFINITY)]);
  });

  it('takes a larger block for the largest', () => {
    const prompt = { prompts: [promptOf(noise(600_000))], cacheSalt: '' };
    const options = { model: 'm', maxBlocks: 10 };
    const largest = hashBlocks(prompt, { ...options, blockSizeTokens: MAX_BLOCK_TOKENS });
    expect(hashBlocks(prompt, { ...options, blockSizeTokens: 2 ** 40 })).toEqual(largest);
    expect(largest.blockSizeTokens).toBe(MAX_BLOCK_TOKENS);
  });

  it('tells huge model names apart by their beginning, and writes over nothing', () => {
    const prompt = { prompts: [promptOf(noise(256))], cacheSalt: '' };
    const options = { blockSizeTokens: 64, maxBlocks: 10 };
    const [a, b] = ['a', 'b'].map((first) => hashBlocks(prompt, { ...options, model: first + 'x'.repeat(2_000_000) }));
    expect(hashText(a!)).not.toEqual(hashText(b!));
    expect(hashText(hashBlocks(prompt, { ...options, model: 'm' }))).toEqual([chainOf(noise(256), 'm', 256, 10)]);
  });
});

import type { TokenizedPrompt } from '@pointsman/core';
import type { BlockHashes } from './block-hashes.ts';
import { type Xxh64Module, xxh64Module } from './xxh64-module.ts';

/** The largest block, in tokens: what the module's memory holds. Larger sizes are taken for this one. */
export const MAX_BLOCK_TOKENS = 65_536;

const BYTES_PER_TOKEN = 4;
/** Prompts go through the module's memory in pieces of about this many bytes, small enough for the processor's cache. */
const PIECE_BYTES = 65_536;
/** Where the module finds a piece and where it puts hashes; the eight bytes at 0 are the chain's state. */
const OUT = 16;
const IN = OUT + 2 * PIECE_BYTES;

const encoder = new TextEncoder();

export interface HashOptions {
  /** Requests for different models share no blocks. */
  readonly model: string;
  /** Tokens in a block, 1..{@link MAX_BLOCK_TOKENS}. */
  readonly blockSizeTokens: number;
  /** At most so many blocks of each prompt are hashed, from its beginning. */
  readonly maxBlocks: number;
}

/**
 * Hashes prompts block by block, as llm-d's approximate prefix cache does: with X = XXH64, seed 0, and integers in
 * little-endian order, h(-1) = X(model, cache salt) and h(i) = X(X(tokens of block i), h(i-1)). Each hash stands for
 * its block and everything before it. The incomplete block at the end counts. Each prompt is a chain of its own.
 */
export function hashBlocks(prompt: TokenizedPrompt, options: HashOptions): BlockHashes {
  const { prompts } = prompt;
  const blockSizeTokens = Math.min(options.blockSizeTokens, MAX_BLOCK_TOKENS);
  const blockBytes = blockSizeTokens * BYTES_PER_TOKEN;
  const ends = new Int32Array(prompts.length);
  let count = 0;
  for (let p = 0; p < prompts.length; p++) {
    count += Math.min(options.maxBlocks, Math.ceil(prompts[p]!.packed.length / blockBytes));
    ends[p] = count;
  }
  const words = new Int32Array(2 * count);
  if (count === 0) return { words, ends, count, blockSizeTokens };

  const module = xxh64Module();
  const { memory, memoryWords } = module;
  hashRoot(options.model, prompt.cacheSalt, module);
  const rootLow = memoryWords[0]!;
  const rootHigh = memoryWords[1]!;
  const pieceBytes = Math.max(1, Math.floor(PIECE_BYTES / blockBytes)) * blockBytes;
  let written = 0;
  for (let p = 0; p < prompts.length; p++) {
    const { packed } = prompts[p]!;
    const hashed = Math.min(packed.length, options.maxBlocks * blockBytes);
    memoryWords[0] = rootLow;
    memoryWords[1] = rootHigh;
    for (let at = 0; at < hashed; at += pieceBytes) {
      const length = Math.min(pieceBytes, hashed - at);
      memory.set(packed.subarray(at, at + length), IN);
      module.chain(IN, length, blockBytes, OUT);
      const outWords = 2 * Math.ceil(length / blockBytes);
      words.set(memoryWords.subarray(OUT / 4, OUT / 4 + outWords), written);
      written += outWords;
    }
  }
  return { words, ends, count, blockSizeTokens };
}

/** Writes the hash that every chain of the request begins with into the module's state. */
function hashRoot(model: string, salt: string, { memory, hash }: Xxh64Module): void {
  // A name that does not fit is no model's; what tells two of them apart is then their beginning.
  const { written } = encoder.encodeInto(model + salt, memory.subarray(IN));
  hash(IN, written);
}

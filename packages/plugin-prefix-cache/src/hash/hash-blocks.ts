import type { TokenizedPrompt } from '@pointsman/core';
import type { BlockHashes } from './block-hashes.ts';
import { xxh64Module } from './xxh64-module.ts';

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

  const bytes = new Uint8Array(words.buffer);
  const { memory, hash, chain } = xxh64Module();
  const root = hashRoot(options.model, prompt.cacheSalt, memory, hash);
  const pieceBytes = Math.max(1, Math.floor(PIECE_BYTES / blockBytes)) * blockBytes;
  let written = 0;
  for (let p = 0; p < prompts.length; p++) {
    const { packed } = prompts[p]!;
    const hashed = Math.min(packed.length, options.maxBlocks * blockBytes);
    memory.set(root, 0);
    for (let at = 0; at < hashed; at += pieceBytes) {
      const length = Math.min(pieceBytes, hashed - at);
      memory.set(packed.subarray(at, at + length), IN);
      chain(IN, length, blockBytes, OUT);
      const outBytes = 8 * Math.ceil(length / blockBytes);
      bytes.set(memory.subarray(OUT, OUT + outBytes), written);
      written += outBytes;
    }
  }
  return { words, ends, count, blockSizeTokens };
}

/** The hash that every chain of the request begins with. */
function hashRoot(
  model: string,
  salt: string,
  memory: Uint8Array,
  hash: (at: number, length: number) => void,
): Uint8Array {
  const text = encoder.encode(model + salt);
  // A name that long is no model's; what tells two of them apart is then their first part.
  const length = Math.min(text.length, memory.length - IN);
  memory.set(text.subarray(0, length), IN);
  hash(IN, length);
  return memory.slice(0, 8);
}

import type { TokenizedPrompt } from '@pointsman/core';
import type { BlockHasher } from './block-hasher.ts';
import { mediaExtras } from './media-extras.ts';

/** The keys of a request's prompts. */
export interface PromptKeys {
  /** Keys as pairs of words: the chains of all prompts, one after the other. */
  readonly words: Int32Array;
  /** Index of the key after the last one of each prompt. */
  readonly ends: Int32Array;
  /** Number of keys. */
  readonly count: number;
}

/** Computes the keys of all full blocks of a request's prompts. Each prompt is a chain of its own. */
export function promptKeys({ prompts, cacheSalt }: TokenizedPrompt, model: string, hasher: BlockHasher): PromptKeys {
  const size = hasher.blockSizeTokens;
  const ends = new Int32Array(prompts.length);
  let count = 0;
  for (const [p, { packed }] of prompts.entries()) {
    count += Math.floor(packed.length / (4 * size));
    ends[p] = count;
  }
  const words = new Int32Array(2 * count);
  for (const [p, { packed, multimodal }] of prompts.entries()) {
    const start = p === 0 ? 0 : ends[p - 1]!;
    const blocks = ends[p]! - start;
    if (blocks === 0) continue;
    const extras = mediaExtras(multimodal, cacheSalt, blocks, size);
    hasher.chain(hasher.root(model), tokensOf(packed, blocks * size), blocks, extras, words, start);
  }
  return { words, ends, count };
}

/** The bytes as numbers: in place where they lie so that it is possible. */
function tokensOf(packed: Uint8Array, count: number): Uint32Array {
  if (packed.byteOffset % 4 === 0) return new Uint32Array(packed.buffer, packed.byteOffset, count);
  return new Uint32Array(packed.slice(0, 4 * count).buffer);
}

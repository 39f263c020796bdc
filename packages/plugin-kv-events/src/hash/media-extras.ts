import type { MultimodalFeature } from '@pointsman/core';
import type { BlockExtras } from './block-hasher.ts';

/**
 * What identifies the full blocks of a prompt beside their tokens: the hashes of all media whose placeholders reach into a block,
 * in the order of their beginnings, and in the first block, after them, the client's cache salt.
 * @returns undefined when no block has any
 */
export function mediaExtras(
  features: readonly MultimodalFeature[],
  cacheSalt: string,
  blocks: number,
  blockSizeTokens: number,
): BlockExtras | undefined {
  if (blocks === 0 || (features.length === 0 && cacheSalt === '')) return undefined;
  const extras: string[][] = Array.from({ length: blocks }, () => []);
  for (const { hash, offset, length } of features.toSorted((a, b) => a.offset - b.offset)) {
    const last = Math.min(blocks - 1, Math.ceil((offset + length) / blockSizeTokens) - 1);
    for (let i = Math.max(0, Math.floor(offset / blockSizeTokens)); i <= last; i++) extras[i]!.push(hash);
  }
  if (cacheSalt !== '') extras[0]!.push(cacheSalt);
  return extras;
}

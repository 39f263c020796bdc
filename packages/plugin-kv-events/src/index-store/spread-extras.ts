import type { BlockExtras } from '../hash/block-hasher.ts';

/**
 * What identifies our blocks, from what identifies the model server's: each of ours gets the texts of all that reach into it, each
 * text once.
 * @param offset tokens before the first of their blocks, which have the texts `before`
 * @param size tokens in each of their blocks
 * @param blocks how many of ours there are, of `blockSizeTokens` each, and one that is not complete
 */
export function spreadExtras(
  theirs: BlockExtras | undefined,
  before: readonly string[],
  offset: number,
  size: number,
  blocks: number,
  blockSizeTokens: number,
): readonly (readonly string[])[] | undefined {
  if (theirs === undefined && before.length === 0) return undefined;
  const ours: string[][] = Array.from({ length: blocks + 1 }, () => []);
  ours[0]!.push(...before);
  for (const [j, texts] of (theirs ?? []).entries()) {
    if (texts === undefined) continue;
    const begin = offset + j * size;
    const last = Math.min(blocks, Math.ceil((begin + size) / blockSizeTokens) - 1);
    for (let i = Math.floor(begin / blockSizeTokens); i <= last; i++) {
      for (const text of texts) if (!ours[i]!.includes(text)) ours[i]!.push(text);
    }
  }
  return ours;
}

/**
 * Gives every full block of a prompt its key: a 64-bit hash of the block and of the key before it, so that equal keys mean
 * equal beginnings. Keys are pairs of signed 32-bit words, low word first. Tokens that fill no block have no key.
 */
export interface BlockHasher {
  /** Tokens in a block. */
  readonly blockSizeTokens: number;
  /** The key that the prompts for a model, or for a LoRA adapter, begin with. Do not change it. */
  root(model: string): Int32Array;
  /**
   * Writes the keys of `count` blocks to `out`, from word `2 * at` on.
   * @param parent the key before the first block, which is at the words 0 and 1
   * @param tokens at least `count` blocks, from index 0 on
   * @param extras what else identifies each block beside its tokens, such as the pictures in it
   */
  chain(
    parent: Int32Array,
    tokens: Uint32Array,
    count: number,
    extras: BlockExtras | undefined,
    out: Int32Array,
    at: number,
  ): void;
}

/** By block: texts that identify it beside its tokens. Undefined for none. */
export type BlockExtras = readonly (readonly string[] | undefined)[];

/** The block hashes of a request's prompts. */
export interface BlockHashes {
  /** 64-bit hashes as pairs of signed 32-bit words, low word first: the chains of all prompts, one after the other. */
  readonly words: Int32Array;
  /** Index of the hash after the last one of each prompt. */
  readonly ends: Int32Array;
  /** Number of hashes, `words.length / 2`. */
  readonly count: number;
  /** Tokens in each block; the last block of a prompt may have fewer. */
  readonly blockSizeTokens: number;
}

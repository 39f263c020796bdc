/** A model server has put blocks into its KV cache. */
export interface BlockStored {
  readonly kind: 'stored';
  /** The model server's own hashes of the blocks, as pairs of words, low word first. */
  readonly hashes: Int32Array;
  /** Its hash of the block before them, a pair of words; undefined at the beginning of a prompt. */
  readonly parent: Int32Array | undefined;
  /** The tokens of all blocks. Empty when blocks that it has already now lie in another tier too. */
  readonly tokens: Uint32Array;
  /** Tokens in a block; 0 when it does not say. */
  readonly blockSize: number;
  /** The LoRA adapter; empty for the model itself. */
  readonly adapter: string;
  /** Where the blocks lie, such as `gpu`. */
  readonly tier: string;
  /** By block, what identifies it beside its tokens. */
  readonly extras: readonly (readonly string[] | undefined)[] | undefined;
  /** Number of the KV-cache group, of a model with several; -1 for none. */
  readonly group: number;
  /** What kind of attention the group is for; empty when it does not say. */
  readonly groupKind: string;
}

/** A model server has dropped blocks. */
export interface BlockRemoved {
  readonly kind: 'removed';
  readonly hashes: Int32Array;
  readonly tier: string;
  readonly group: number;
}

/** A model server has dropped everything. */
export interface AllBlocksCleared {
  readonly kind: 'cleared';
}

/** A kind of event that nobody here knows. */
export interface UnknownEvent {
  readonly kind: 'unknown';
  readonly tag: string;
}

export type KvEvent = BlockStored | BlockRemoved | AllBlocksCleared | UnknownEvent;

/** A request inside the engine: token ids in, so many tokens out. */
export interface SequenceRequest {
  /** Prompt token ids. */
  readonly prompt: Uint32Array;
  /** How many tokens it will generate. Decided by whoever submits it. With 0 it ends where its first token would come. */
  readonly outputTokens: number;
  /** LoRA adapter; undefined for the base model. */
  readonly adapter?: string | undefined;
  /** Mixed into the block hashes: prompts with different salts share no blocks. */
  readonly cacheSalt?: string | undefined;
  /** The prompt's KV cache comes from another server (P/D): no prefill, a transfer time instead. */
  readonly remotePrefill?: boolean | undefined;
  /** Ends at once, without any delay, when a smaller share (0..1) of its prompt tokens is cached. */
  readonly cacheHitThreshold?: number | undefined;
  /** Makes every delay of this sequence so many times longer. Default 1. */
  readonly slowdown?: number | undefined;
  readonly listener: SequenceListener;
}

/**
 * Told what becomes of a sequence. Times are those of the model, in milliseconds of the clock: the moment at which it
 * happens there, also when the process hears of it a little later.
 */
export interface SequenceListener {
  /**
   * It left the waiting queue for the first time. May be called before `submit` returns.
   * @param cachedTokens leading prompt tokens found in the prefix cache
   * @param queuedMs how long it waited; 0 when it did not
   */
  started(cachedTokens: number, atMs: number, queuedMs: number): void;
  /** Output token number `index`, from 0. */
  token(index: number, atMs: number): void;
  /** `finished`: all tokens came. `cache-threshold`: too little was cached. Nothing is called after it. */
  ended(why: 'finished' | 'cache-threshold', atMs: number): void;
}

/** A submitted request. */
export interface Sequence {
  /** Takes it out of the engine and frees its blocks; its listener hears no more. Harmless after the end. */
  cancel(): void;
}

/** Why a request cannot be taken: too many wait already, or its prompt needs more KV blocks than there are. */
export type Refusal = 'queue-full' | 'kv-cache-too-small';

/** A request inside the engine: token ids in, so many tokens out. */
export interface SequenceRequest {
  /** Prompt token ids. */
  readonly prompt: Uint32Array;
  /** How many tokens it will generate, at least 1. Decided by whoever submits it. */
  readonly outputTokens: number;
  /** LoRA adapter; undefined for the base model. */
  readonly adapter?: string | undefined;
  /** Mixed into the block hashes. */
  readonly cacheSalt?: string | undefined;
  /** The prompt's KV cache comes from another server (P/D): no prefill, a transfer time instead. */
  readonly remotePrefill?: boolean | undefined;
  /** Ends at once, without any delay, when fewer prompt tokens (as a share, 0..1) are cached. */
  readonly cacheHitThreshold?: number | undefined;
  readonly listener: SequenceListener;
}

/** Told what becomes of a sequence. Called from the clock or synchronously from `submit`. */
export interface SequenceListener {
  /** It left the waiting queue. @param cachedTokens leading prompt tokens found in the prefix cache */
  started(cachedTokens: number, queuedMs: number): void;
  /** Output token number `index`, from 0. */
  token(index: number): void;
  /** `finished`: all tokens came. `cache-threshold`: too little was cached. Nothing is called after it. */
  ended(why: 'finished' | 'cache-threshold'): void;
}

export interface Sequence {
  /** Takes it out of the engine and frees its blocks; its listener hears no more. Harmless after the end. */
  cancel(): void;
}

/** The state that the metrics page shows. */
export interface EngineStats {
  readonly running: number;
  readonly waiting: number;
  /** Share of KV blocks that running sequences hold, 0..1. */
  readonly kvUsage: number;
  readonly blockSize: number;
  readonly blockCount: number;
  readonly runningAdapters: readonly string[];
  readonly waitingAdapters: readonly string[];
  /** Prompt tokens looked up and found in the prefix cache since the start. */
  readonly prefixQueries: number;
  readonly prefixHits: number;
  readonly preemptions: number;
}

/** Why a request cannot be taken. */
export type Refusal = 'queue-full' | 'prompt-too-long' | 'kv-cache-too-small';

/** A model of an inference engine, driven by a clock. Deterministic: same options, same arrivals, same tokens. */
export interface SimEngine {
  submit(request: SequenceRequest): Sequence | Refusal;
  stats(): EngineStats;
  /** Forgets all cached blocks that no sequence holds. */
  clearCache(): void;
  /** Changes speeds while it runs; sequences feel it from their next token on. */
  retune(changes: Partial<SpeedOptions>): void;
  /** Ends all sequences and timers without a word. */
  close(): void;
}

/** How fast the engine is. Milliseconds; see the README for the formulas. */
export interface SpeedOptions {
  /** Constant time to first token; 0 means: by the prompt's length. */
  readonly timeToFirstTokenMs: number;
  readonly timeToFirstTokenStdDevMs: number;
  readonly interTokenLatencyMs: number;
  readonly interTokenLatencyStdDevMs: number;
  readonly prefillOverheadMs: number;
  readonly prefillTimePerTokenMs: number;
  readonly prefillTimeStdDevMs: number;
  readonly kvCacheTransferLatencyMs: number;
  readonly kvCacheTransferTimePerTokenMs: number;
  /** Slow-down when all sequence slots are taken, 1 for none. */
  readonly timeFactorUnderLoad: number;
  readonly latencyCalculator: '' | 'constant' | 'per-token';
}

import type { Refusal, Sequence, SequenceRequest } from './sequence.ts';
import type { Speed } from './speed.ts';

/** What an engine can hold, and how fast it is. */
export interface EngineOptions {
  readonly speed: Speed;
  /** Sequences that run at the same time, at least 1. */
  readonly maxNumSeqs: number;
  /** Sequences that wait at the same time. */
  readonly maxWaitingQueueLength: number;
  /** Token budget of a step, at least `maxNumSeqs`: one for each sequence that generates, the rest for prompts. */
  readonly maxNumBatchedTokens: number;
  /** LoRA adapters that run at the same time, at least 1. */
  readonly maxLoras: number;
  /** KV blocks. Undefined: memory has no limit and nothing is cached. */
  readonly kvCache?: { readonly blockSize: number; readonly blockCount: number } | undefined;
  /** The same seed and the same arrivals give the same tokens at the same times. */
  readonly seed: number;
}

/** The state that the metrics page shows. */
export interface EngineStats {
  readonly running: number;
  readonly waiting: number;
  /** Share of KV blocks that running sequences hold, 0..1. */
  readonly kvUsage: number;
  /** Adapters of running sequences, each once, in the order of admission. */
  readonly runningAdapters: readonly string[];
  /** Adapters of waiting sequences that do not run. */
  readonly waitingAdapters: readonly string[];
  /** Prompt tokens looked up in the prefix cache since the start. */
  readonly prefixQueries: number;
  /** Those of them that were found. */
  readonly prefixHits: number;
  /** Sequences put back into the queue because blocks ran out, since the start. */
  readonly preemptions: number;
  /** Tokens of the current step: its prompt chunks, and one for each other sequence that runs. */
  readonly stepTokens: number;
  /** Blocks with content that can be found again. */
  readonly cachedBlocks: number;
  readonly freeBlocks: number;
}

/** A model of an inference engine, driven by a clock. It has at most one timer at a time. */
export interface SimEngine {
  /** Queues a request, or says why not. */
  submit(request: SequenceRequest): Sequence | Refusal;
  stats(): EngineStats;
  /** Forgets the content of all blocks that no sequence holds. */
  clearCache(): void;
  /** Changes speeds while it runs; sequences feel it from their next token on. */
  retune(changes: Partial<Speed>): void;
  /** Drops all sequences and the timer; listeners hear nothing more. Nothing can be submitted afterwards. */
  close(): void;
}

import { blockHashes } from './block-hash.ts';
import type { SequenceRequest } from './sequence.ts';

const NO_HASHES = new Float64Array(0);

/** What the engine knows of a sequence. */
export class SequenceState {
  readonly request: SequenceRequest;
  readonly submittedMs: number;
  /** `prefill`: waits for its turn in a prompt step. `timed`: its next token comes at `dueMs`. */
  phase: 'waiting' | 'prefill' | 'timed' | 'ended' = 'waiting';
  /** When its next token comes. */
  dueMs = Number.POSITIVE_INFINITY;
  /** Output tokens so far. They stay when it is preempted. */
  generated = 0;
  blocks: number[] = [];
  /** Leading tokens found in the cache at its last admission. */
  cachedTokens = 0;
  /** Tokens to compute since its last admission, and those that are. */
  prefillTokens = 0;
  prefilled = 0;
  /** Prefill time of this sequence relative to the mean. */
  jitter = 1;
  /** How often it was admitted. */
  admissions = 0;
  /** `generated` at its last admission: nothing is computed before the next token when these are equal. */
  generatedBefore = 0;
  #hashes: Float64Array | undefined;

  constructor(request: SequenceRequest, submittedMs: number) {
    this.request = request;
    this.submittedMs = submittedMs;
  }

  /** Tokens whose KV must be held to generate the next one. */
  get contextTokens(): number {
    return this.request.prompt.length + this.generated;
  }

  get slowdown(): number {
    return this.request.slowdown ?? 1;
  }

  hashes(blockSize: number): Float64Array {
    const { prompt, adapter = '', cacheSalt = '' } = this.request;
    this.#hashes ??= prompt.length < blockSize ? NO_HASHES : blockHashes(prompt, blockSize, `${adapter}\n${cacheSalt}`);
    return this.#hashes;
  }

  /** Leading blocks that hold what they should. */
  computedBlocks(blockSize: number): number {
    if (this.generated > this.generatedBefore) return this.blocks.length;
    return Math.floor((this.cachedTokens + this.prefilled) / blockSize);
  }
}

import type { Endpoint } from '@pointsman/core';

/** One request under way, as far as something is to be learned from it. */
export interface CallTiming {
  /** Who computes the prompt: the target, or the companion of the role `prefill`. */
  readonly prefiller: Endpoint;
  /** Who generates. */
  readonly generator: Endpoint;
  readonly arrivedAt: number;
  /** Tokens of the prompt before it was sent, real or estimated; 0 when nobody counted. */
  readonly promptTokens: number;
  /** Those of them that were expected to be computed. */
  readonly uncachedTokens: number;
  /** What was expected, in milliseconds; NaN for nothing. */
  readonly expectedTtftMs: number;
  /** Requests that waited in the model server's queue when this one was sent. */
  readonly waitingBefore: number;
  phase: 'prompt' | 'running' | 'left';
  firstTokenAt: number;
  /** When the last token came; NaN until then. */
  lastTokenAt: number;
  /** Sums of running requests over time at the first and the last token. */
  firstTokenArea: number;
  lastTokenArea: number;
  outputTokens: number;
  /** What its first token says of the speed of prefill; undefined when it says nothing. */
  prefillSample: PrefillSample | undefined;
}

/** How long the engine worked, and on how many tokens. Prompts that were done in the same step share one. */
export interface PrefillSample {
  readonly teacher: CallTiming;
  readonly ms: number;
  tokens: number;
}

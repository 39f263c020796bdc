import type { Endpoint } from '@pointsman/core';
import type { PrefillStretch } from './prefill-stretch.ts';

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
  /** The stretch of prefill in which its prompt was computed; undefined when nobody knows how long that took. */
  stretch: PrefillStretch | undefined;
}

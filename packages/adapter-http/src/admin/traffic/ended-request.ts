import type { Outcome } from '@pointsman/core';

/** What the figures need of a request that is over. */
export interface EndedRequest {
  readonly isFailed: boolean;
  readonly promptTokens: number;
  /** Undefined when the model server did not say. */
  readonly cachedTokens: number | undefined;
  readonly outputTokens: number;
  readonly firstTokenMs: number | undefined;
}

export function endedRequest(outcome: Outcome): EndedRequest {
  return {
    isFailed: isFailed(outcome),
    promptTokens: outcome.usage?.promptTokens ?? 0,
    cachedTokens: outcome.usage?.cachedTokens,
    outputTokens: outcome.usage?.outputTokens ?? 0,
    firstTokenMs: outcome.firstTokenMs,
  };
}

/** A client that leaves is no failure; an answer of the model server that says 5xx or 429 is. */
export function isFailed({ status, httpStatus = 0 }: Outcome): boolean {
  return status === 'error' || status === 'evicted' || status === 'shutdown' || httpStatus >= 500 || httpStatus === 429;
}

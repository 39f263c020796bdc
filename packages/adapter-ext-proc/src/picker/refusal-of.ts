import { PointsmanError } from '@pointsman/core';
import { ApiError } from '@pointsman/inference-api';
import type { Refusal } from '../reply/refusal.ts';

/** The answer to a request that was not understood or not placed, in the words of llm-d's endpoint picker. */
export function refusalOf(error: unknown): Refusal {
  if (ApiError.is(error)) return { refused: error.httpStatus, message: error.summary };
  if (PointsmanError.is(error)) {
    const { httpStatus: refused, reason, retryAfterMs } = error;
    switch (error.code) {
      case 'NO_ENDPOINTS':
        return {
          refused,
          message: 'failed to find endpoint candidates for serving the request',
          reason: 'rejected-no-endpoints',
          retryAfterMs,
        };
      case 'ALL_FILTERED':
        // Nobody was dropped: no profile serves what the request asks for, now or later.
        if (error.drops.length === 0) return { refused: 400, message: 'no scheduling profile serves the request' };
        return {
          refused,
          message: 'no endpoints available for the given request',
          reason: reason ?? 'rejected-saturated',
          retryAfterMs,
        };
      case 'CLOSED':
        return { refused, message: 'the scheduler is shutting down', reason: 'rejected-shutting-down', retryAfterMs };
      case 'REJECTED':
        return { refused, message: error.message, reason: reason ?? 'rejected', retryAfterMs };
      case 'ABORTED':
        // Nobody is left to hear it; but it is no fault.
        return { refused: 503, message: 'client disconnected', reason: 'rejected-context-cancelled' };
      case 'NO_POOL':
        return { refused, message: error.message, reason };
    }
  }
  return { refused: 500, message: 'the request could not be placed' };
}

/** Whether a refusal hides what an operator must know. */
export function isInternal(error: unknown): boolean {
  return refusalOf(error).refused === 500;
}

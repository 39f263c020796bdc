import { PointsmanError } from '@pointsman/core';
import { errorCode } from '@pointsman/http-relay';
import { ApiError } from '@pointsman/inference-api';
import type { UpstreamFailure } from './upstream-failure.ts';

/** An answer that the gateway gives itself. */
export interface Refusal {
  readonly status: number;
  /** A word for programs. */
  readonly code: string;
  /** A sentence for people. Holds nothing of the inner state. */
  readonly message: string;
  readonly param?: string | undefined;
  /** Why the scheduler turned it away, such as `rejected-saturated`. */
  readonly reason?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** The codes whose messages are meant for clients; all others say how the inside is made. */
const FOR_CLIENTS: ReadonlySet<string> = new Set(['NO_ENDPOINTS', 'ALL_FILTERED', 'REJECTED', 'NO_POOL', 'CLOSED']);

/** The answer to a request that was not understood or not placed. */
export function refusalOf(error: unknown): Refusal {
  if (ApiError.is(error)) {
    return { status: error.httpStatus, code: error.code, message: error.message, param: error.param };
  }
  if (PointsmanError.is(error)) {
    const { httpStatus: status, reason, retryAfterMs, message } = error;
    const code = error.code.toLowerCase();
    if (FOR_CLIENTS.has(error.code)) return { status, code, message, reason, retryAfterMs };
    return { status, code, message: 'the request could not be placed', reason };
  }
  return { status: 500, code: 'internal_error', message: 'the request could not be placed' };
}

/** Whether a refusal hides what an operator must know. */
export function isInternal(error: unknown): boolean {
  return !ApiError.is(error) && !(PointsmanError.is(error) && FOR_CLIENTS.has(error.code));
}

/** The answer when no model server gave one. */
export function unansweredRefusal(failure: UpstreamFailure, error: Error): Refusal {
  switch (failure) {
    case 'connect':
      return {
        status: 502,
        code: 'upstream_unreachable',
        message: `no model server could be reached (${errorCode(error)})`,
      };
    case 'timeout':
      return { status: 504, code: 'upstream_timeout', message: 'the model server did not answer in time' };
    case 'closed':
      return {
        status: 502,
        code: 'upstream_closed',
        message: 'the model server closed the connection before it answered',
      };
  }
}

/** The answer to a body over the limit. */
export function tooLarge(limitBytes: number): Refusal {
  return { status: 413, code: 'body_too_large', message: `the body is longer than ${limitBytes} bytes` };
}

/** The answer while the gateway shuts down. */
export const SHUTTING_DOWN: Refusal = {
  status: 503,
  code: 'shutting_down',
  message: 'the gateway is shutting down',
  reason: 'rejected-shutting-down',
  retryAfterMs: 1_000,
};

/** The answer to a request that cannot be written as HTTP/1.1 to a model server. */
export const UNSENDABLE: Refusal = {
  status: 400,
  code: 'invalid_request_target',
  message: 'the request cannot be forwarded: its method, path or headers are not valid',
};

/** The answer to `Upgrade: websocket`. */
export const UPGRADE_REFUSED: Refusal = {
  status: 501,
  code: 'upgrade_not_supported',
  message: 'WebSocket connections are not supported',
};

/** The answer to a body that is encoded for this hop in a way that nobody here can undo, such as `gzip, chunked`. */
export const CODING_REFUSED: Refusal = {
  status: 501,
  code: 'transfer_encoding_not_supported',
  message: 'the only transfer encoding that is supported is "chunked"',
};

/** The answer when a framework has read the body before the gateway could. */
export const BODY_TAKEN: Refusal = {
  status: 500,
  code: 'body_already_read',
  message: 'the body was read before it reached the gateway: switch off body parsing for its routes',
};

/** The answer when that of the model server has headers that cannot be sent on. */
export const BAD_ANSWER: Refusal = {
  status: 502,
  code: 'upstream_invalid',
  message: 'the model server gave an answer that is not valid HTTP',
};

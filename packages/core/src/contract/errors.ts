/** Every code of a {@link PointsmanError}, with the HTTP status that an adapter answers by default. */
export const ERROR_STATUS = {
  /** The pool has no endpoint. */
  NO_ENDPOINTS: 503,
  /** Filters left no endpoint. */
  ALL_FILTERED: 429,
  /** A plugin turned the request away. */
  REJECTED: 429,
  /** No pool serves the requested model. */
  NO_POOL: 404,
  /** The caller gave up before a decision was made. */
  ABORTED: 499,
  /** The scheduler is shutting down. */
  CLOSED: 503,
  /** Parameters of a plugin do not fit its schema. */
  PARAMS_INVALID: 500,
  /** A configuration cannot be built. */
  CONFIG_INVALID: 500,
  /** A plugin type or package was not found. */
  PLUGIN_NOT_FOUND: 500,
  /** A plugin was built for another contract version, or is no plugin. */
  PLUGIN_INCOMPATIBLE: 500,
  /** A plugin could not be created. */
  PLUGIN_FAILED: 500,
  /** A plugin reads data that no plugin writes. */
  DATA_UNPRODUCED: 500,
  /** Two plugins write the same data. */
  DATA_CONFLICT: 500,
  /** Plugins wait for each other's data. */
  DATA_CYCLE: 500,
  /** A plugin reads or writes data that it did not declare. */
  DATA_UNDECLARED: 500,
  /** An endpoint's address or port makes no sense. */
  ENDPOINT_INVALID: 500,
  /** The decision has left the ring of recent decisions. */
  EXPLANATION_EXPIRED: 404,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

export interface ErrorDetails {
  /** What to do about it. */
  readonly hint?: string | undefined;
  /** Instance name of the plugin that it is about. */
  readonly plugin?: string | undefined;
  readonly httpStatus?: number | undefined;
  /** Machine-readable reason of a rejection, such as `rejected-saturated`. */
  readonly reason?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** Who was dropped, by which filter, and why; of ALL_FILTERED, and of REJECTED by a filter. */
  readonly drops?: readonly Drop[] | undefined;
  readonly cause?: unknown;
}

/** An endpoint that a filter dropped. */
export interface Drop {
  readonly endpoint: string;
  readonly filter: string;
  readonly reason: string;
}

const MARKER = Symbol.for('pointsman.error');

/** The one error class. The message says what and where; `hint` says what to do. */
export class PointsmanError extends Error {
  override readonly name = 'PointsmanError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly plugin: string | undefined;
  readonly httpStatus: number;
  readonly reason: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly drops: readonly Drop[];
  readonly [MARKER] = true;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.plugin = details.plugin;
    this.httpStatus = details.httpStatus ?? ERROR_STATUS[code];
    this.reason = details.reason;
    this.retryAfterMs = details.retryAfterMs;
    this.drops = details.drops ?? [];
  }

  /** True for errors of this class from any installed copy of the package; with a code, only for that one. */
  static is(error: unknown, code?: ErrorCode): error is PointsmanError {
    return (
      typeof error === 'object' &&
      error !== null &&
      MARKER in error &&
      (code === undefined || (error as PointsmanError).code === code)
    );
  }
}

/** Why a request is turned away, or a call that runs is given up. */
export interface Rejection {
  /** HTTP status for the client. */
  readonly status: 400 | 401 | 403 | 404 | 412 | 413 | 422 | 429 | 503;
  readonly reason: string;
  readonly message?: string;
  /** When it is worth trying again, in milliseconds. */
  readonly retryAfterMs?: number;
}

/**
 * Turns the request away. For preCall and admission hooks, filters and profile handlers: anything else that they throw
 * is a fault of the plugin, not a verdict.
 */
export function reject(rejection: Rejection): never {
  throw rejectionError(rejection);
}

/** The error that {@link reject} throws. */
export function rejectionError({ status, reason, message, retryAfterMs }: Rejection): PointsmanError {
  return new PointsmanError('REJECTED', message ?? `request rejected: ${reason}`, {
    httpStatus: status,
    reason,
    retryAfterMs,
  });
}

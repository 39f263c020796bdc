/** Token counts that the model server reported. */
export interface Usage {
  readonly promptTokens: number;
  /** Prompt tokens that came from the prefix cache. */
  readonly cachedTokens?: number | undefined;
  readonly outputTokens: number;
}

/**
 * How a call ended. `aborted`: the client left. `evicted`: a plugin gave it up to make room for others. `shutdown`: the
 * scheduler was closed while it ran.
 */
export type OutcomeStatus = 'ok' | 'error' | 'aborted' | 'evicted' | 'shutdown';

/** What became of a request after it was placed. */
export interface Outcome {
  readonly status: OutcomeStatus;
  /** Status code of the model server's answer, when there was one. */
  readonly httpStatus?: number | undefined;
  readonly usage?: Usage | undefined;
  /** Milliseconds from the decision to the first token; undefined when none came. */
  readonly firstTokenMs?: number | undefined;
  /** Milliseconds from the decision to the end. */
  readonly totalMs: number;
  readonly error?: unknown;
}

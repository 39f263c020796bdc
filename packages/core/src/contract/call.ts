import type { Decision } from './decision.ts';
import type { Endpoint } from './endpoint.ts';
import type { PointsmanError } from './errors.ts';
import type { Outcome, Usage } from './outcome.ts';

/** Headers to set on the response to the client, by lower-case name. */
export type ResponseEdits = Readonly<Record<string, string>>;

/** What plugins tell the proxy at the end of a response, by namespace and name. */
export type ResponseMetadata = Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>>;

/**
 * A placed request. Whoever forwards it tells what becomes of it, and ends it exactly once; what hooks reserved is
 * released then. Leaving an `await using` block without `end` counts as an abort.
 */
export interface Call extends AsyncDisposable {
  readonly decision: Decision;
  readonly isEnded: boolean;
  /** True when a plugin reads what only the body of the response tells. */
  readonly readsResponseBody: boolean;
  /**
   * The model server's status and headers are there.
   * @param served who answered, where a proxy in between says so: it may have fallen back by itself
   * @returns headers that plugins want on the response to the client
   */
  responseHeaders(
    httpStatus: number,
    headers?: Readonly<Record<string, string | undefined>>,
    served?: Endpoint,
  ): ResponseEdits;
  /** The first token came. Counts once. */
  firstToken(): void;
  /** So many output tokens so far. */
  tokens(outputTokens: number): void;
  /**
   * All of the response has come. Counts once; `end` still has to follow.
   * @returns what plugins want the proxy to know
   */
  complete(usage?: Usage): ResponseMetadata;
  /**
   * Leaves the target for the next best endpoint: releases what was reserved, and lets hooks reserve anew.
   * @param why shown in the explanation, such as `connect refused`
   * @returns undefined when no endpoint is left that was not tried; the call must then be ended
   */
  next(why: string): Endpoint | undefined;
  /**
   * Hears it when a plugin gives the call up while it runs: whoever forwards it stops, and tells the client why if it
   * still can. The call ends by itself, with the status `evicted`. Calls that nobody listens for are not given up.
   */
  onEvicted(listener: (why: PointsmanError) => void): void;
  /** The request is over. Only the first call counts. Default status: `ok`, or `error` when an error is given. */
  end(outcome?: Partial<Outcome>): void;
}

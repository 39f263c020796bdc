import type { RequestHeaders } from '../headers/request-headers.ts';

/** The trace of one request, in the hands of the adapter that received it. */
export interface RequestTrace {
  /** Headers to set on the request that goes on, by lower-case name; an empty text removes the header. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * The request was answered without a decision, or nobody waits for it any more. What became of a decision is known
   * without this.
   * @param httpStatus of the answer; 499 when there is nobody to answer
   * @param message why, for people
   */
  refused(httpStatus: number, message: string): void;
}

/** Follows requests from their arrival to the end of their response. */
export interface RequestTracing {
  /** @param headers of the request: the same object that the scheduler is given, by which the decision is recognised */
  begin(headers: RequestHeaders): RequestTrace;
}

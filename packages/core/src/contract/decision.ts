import type { Endpoint } from './endpoint.ts';
import type { Rejection } from './errors.ts';
import type { Explanation } from './explanation.ts';
import type { ProfileResult } from './profile-handler.ts';

/** What came out for a request. */
export interface Decision {
  /** `pool:sequence`, unique in a process. */
  readonly id: string;
  readonly requestId: string;
  readonly pool: string;
  /** The endpoint that serves the request. Changes when the call moves to a fallback. */
  readonly target: Endpoint;
  /** The picker's further choices, best first. */
  readonly fallbacks: readonly Endpoint[];
  /** Other endpoints that take part, by role, such as `prefill`. */
  readonly companions: Readonly<Record<string, Endpoint>>;
  /** What every profile that ran has chosen, in the order in which they ran. */
  readonly results: readonly ProfileResult[];
  /** Name of the profile whose target serves the request. */
  readonly primaryProfile: string;
  /** Headers to set on the request to the model server, by lower-case name; an empty text removes the header. */
  readonly headers: Readonly<Record<string, string>>;
  /** 1 for the first target, 2 after the first fallback, and so on. */
  readonly attempt: number;
  /** Why this endpoint. @throws PointsmanError EXPLANATION_EXPIRED once it has left the ring of recent decisions. */
  explain(): Explanation;
}

/** A decision in the hands of a postChoice hook. */
export interface DecisionDraft extends Decision {
  setHeader(name: string, value: string): void;
  /**
   * Gives the call up while it runs, to make room for others. A hook that wants to may keep the draft for that until
   * its reservation is released.
   * @returns false when it goes on: all of its response has come, or whoever forwards it cannot stop it
   */
  evict(why: Rejection): boolean;
}

/** Gives back what a postChoice hook reserved. Runs exactly once, whatever happens. */
export type Release = () => void;

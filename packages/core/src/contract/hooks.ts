import type { JsonValue } from 'type-fest';
import type { AdmissionCycle } from './admission.ts';
import type { Candidates } from './candidates.ts';
import type { Cycle, Keys, RequestKeysOf } from './cycle.ts';
import type { WrittenValueOf } from './data-key.ts';
import type { Decision, DecisionDraft, Release } from './decision.ts';
import type { Endpoint } from './endpoint.ts';
import type { Outcome, Usage } from './outcome.ts';

/** A cycle before anything was fetched. */
export interface PreCallCycle<R extends Keys = Keys, W extends Keys = Keys> extends Cycle<R> {
  /** Annotates the request. Only keys that the plugin declared to write. */
  set<K extends RequestKeysOf<W>>(key: K, value: WrittenValueOf<K>): void;
}

/** The totals of one profile, before the picker sees them. */
export interface ScoreBoard {
  readonly profile: string;
  readonly candidates: Candidates;
  total(index: number): number;
  /** Adds `delta` to a total. Recorded in the explanation with its reason. */
  adjust(index: number, delta: number, reason: string): void;
}

/** Something that became known about a response while it came. */
export type Progress =
  | {
      readonly kind: 'headers';
      readonly atMs: number;
      readonly httpStatus: number;
      /** Header values by lower-case name. */
      readonly headers: Readonly<Record<string, string | undefined>>;
      /** The endpoint that answered; another than the target when a proxy fell back by itself. */
      readonly served: Endpoint;
      /** True when whoever forwards the request said who answered; else `served` is the target, by assumption. */
      readonly isServedReported: boolean;
      /** Sets a header of the response to the client. */
      setHeader(name: string, value: string): void;
    }
  | { readonly kind: 'first-token'; readonly atMs: number }
  | {
      readonly kind: 'tokens';
      readonly atMs: number;
      readonly outputTokens: number;
    }
  | {
      /** All of the response has come; its end was not passed on yet. */
      readonly kind: 'complete';
      readonly atMs: number;
      readonly usage: Usage | undefined;
      /** Tells the proxy something that goes into its logs and decisions, where the protocol has room for it. */
      setMetadata(namespace: string, name: string, value: string | number | boolean): void;
    };

/** Functions at the named points of a request's life. Any plugin may have any of them. */
export interface Hooks<R extends Keys = Keys, W extends Keys = Keys> {
  /** Milliseconds that preCall may take; default 1000. After that the request goes on without it. */
  readonly preCallBudgetMs?: number;
  /** First of all. May annotate the request or `reject` it. */
  preCall?(cycle: PreCallCycle<R, W>): void | Promise<void>;
  /**
   * After the preCall hooks, before any data is fetched: whether the request may go on now, later, or not at all. Nobody
   * limits how long it takes; whoever has requests wait has to. May `reject` the request; any other failure lets it in.
   * Not asked in dry runs.
   * @returns what to call, once, when the request has got its place or has left without one
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: a hook that keeps no count has no return statement
  admit?(cycle: AdmissionCycle<R>): Release | void | Promise<Release | void>;
  /** After the scorers of a profile, before its picker. */
  scoring?(cycle: Cycle<R>, board: ScoreBoard): void;
  /** After the choice, and again for each fallback: set headers, reserve load. Synchronous. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a hook that reserves nothing has no return statement
  postChoice?(cycle: Cycle<R>, decision: DecisionDraft): Release | void;
  /**
   * True when it reads what only the body of a response tells: the first token, token counts, usage. A proxy that could
   * keep bodies to itself then has to send them; without it these may be missing.
   */
  readonly readsResponseBody?: boolean;
  /** While the response comes. Synchronous and never awaited. */
  progress?(cycle: Cycle<R>, decision: Decision, progress: Progress): void;
  /** After the end, when everything reserved has been released. */
  afterResponse?(cycle: Cycle<R>, decision: Decision, outcome: Outcome): void | Promise<void>;
}

/** Functions at the named points of a plugin's and an endpoint's life. Any plugin may have any of them. */
export interface Lifetime {
  /**
   * Once, before any request and before it learns of endpoints: a configuration with this instance is at work from now on. Not
   * called when the change of configuration for which it was created does not come about. The place to take over what an
   * earlier instance has handed over and may still be changing.
   */
  activated?(): void;
  /**
   * Once: another configuration, without this instance, is at work from now on. If an heir took its place, that one has been
   * activated. Requests that have begun earlier go on here. Not called when the pool is shut down.
   */
  retired?(): void;
  endpointAdded?(endpoint: Endpoint): void;
  endpointRemoved?(endpoint: Endpoint): void;
  /** State for the instance that takes this one's place when the configuration changes; it gets it as `inherited`. */
  handOver?(): unknown;
  /** What to show of the inner state to an operator. */
  inspect?(): JsonValue;
}

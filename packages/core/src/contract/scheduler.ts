import type { JsonValue } from 'type-fest';
import type { Call } from './call.ts';
import type { DataKey } from './data-key.ts';
import type { Endpoint, EndpointSpec } from './endpoint.ts';
import type { Listenable, SchedulerEvents } from './events.ts';
import type { Explanation } from './explanation.ts';
import type { GraphOptions, PoolOptions } from './options.ts';
import type { RequestInput } from './request.ts';

/** Data that the caller brings along; it takes the place of what plugins would write for this request. */
export type GivenDatum =
  | { readonly key: DataKey; readonly value: unknown }
  /** Candidate data of one endpoint. */
  | {
      readonly key: DataKey;
      readonly endpoint: string;
      readonly value: unknown;
    };

export interface ScheduleOptions {
  /** Aborting ends the wait for a decision, and afterwards the call. */
  readonly signal?: AbortSignal;
  readonly given?: readonly GivenDatum[];
  /**
   * True only asks what would be decided. Nothing is reserved, counted, listed or told to listeners: preCall hooks and
   * request fetchers run (and see `cycle.isDryRun`), postChoice hooks and those after it do not, so there are no headers.
   * The call has ended when it is returned.
   */
  readonly dryRun?: boolean;
}

/** A change of configuration that was checked and can be carried out. */
export interface PlannedReload {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Swaps between two requests. Requests in flight finish on the configuration with which they began. */
  commit(): void;
  discard(): void;
}

/** How the scrape of one endpoint goes. */
export interface EndpointHealth {
  readonly fetcher: string;
  readonly endpoint: string;
  readonly lastSuccessAt: number | null;
  readonly failures: number;
  readonly lastError: string | null;
  readonly busy: boolean;
}

/** One pool at work. */
export interface Pool {
  readonly name: string;
  endpoints(): readonly Endpoint[];
  /** Calls that run now. */
  readonly openCalls: number;
  openCallsOf(endpoint: Endpoint): number;
  /** Endpoint data by key id, as JSON-friendly values. For people and for tests; plugins read columns. */
  dataOf(endpoint: Endpoint): Readonly<Record<string, unknown>>;
  /** Makes the pool hold exactly these endpoints, beside what its source says; for recorded states and tests. */
  setEndpoints(specs: readonly EndpointSpec[]): void;
  /** Writes endpoint data from outside, such as a recorded state. Ignored for an unknown endpoint. */
  setData(endpointId: string, key: DataKey, value: unknown): void;
  health(): readonly EndpointHealth[];
  /** The recent decisions, newest first. */
  recent(limit?: number): readonly Explanation[];
  /** @returns undefined once it is forgotten */
  explain(decisionId: string): Explanation | undefined;
  /** What plugins show of their inner state, by instance name. */
  inspect(): Readonly<Record<string, JsonValue>>;
  /** Faults so far by `stage/plugin`. */
  faultCounts(): Readonly<Record<string, number>>;
  /** Names of the plugins at work with their types. */
  plugins(): readonly {
    readonly name: string;
    readonly type: string;
    readonly kinds: readonly string[];
  }[];
  /** Checks a new configuration beside the one at work. @throws PointsmanError; then nothing has changed. */
  planReload(options: GraphOptions & Partial<Pick<PoolOptions, 'endpoints'>>): PlannedReload;
}

/** Schedules requests over one or many pools. Adapters are attached to it. */
export interface Scheduler extends Listenable<SchedulerEvents>, AsyncDisposable {
  readonly pools: ReadonlyMap<string, Pool>;
  /** Begins to collect endpoints and data. Resolves when the endpoint sources have delivered what they know. */
  start(): Promise<void>;
  /**
   * Places a request.
   * @throws PointsmanError NO_ENDPOINTS, ALL_FILTERED, REJECTED, NO_POOL, ABORTED, CLOSED
   */
  schedule(request: RequestInput, options?: ScheduleOptions): Promise<Call>;
  /** Ends open calls with the status `shutdown`, releases what they reserved, stops fetchers, closes plugins. */
  close(): Promise<void>;
}

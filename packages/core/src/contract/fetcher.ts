import type { CandidateWriter } from './columns.ts';
import type { CandidateKeysOf, Cycle, Keys, RequestKeysOf } from './cycle.ts';
import type { WrittenValueOf } from './data-key.ts';
import type { Endpoint } from './endpoint.ts';

/** Where a request fetcher writes. Once its time budget has passed, writes go nowhere. */
export interface RequestSink<W extends Keys = Keys> {
  set<K extends RequestKeysOf<W>>(key: K, value: WrittenValueOf<K>): void;
  /** Writes one candidate's number, record or value. */
  setCandidate<K extends CandidateKeysOf<W>>(endpoint: Endpoint, key: K, value: WrittenValueOf<K>): void;
  /** The arrays behind a number or record key, for bulk writing. Ask again after every `await`. */
  candidates<K extends CandidateKeysOf<W>>(key: K): CandidateWriter<K>;
}

/** Collects data about a request before it is decided. */
export interface RequestFetcher<R extends Keys = Keys, W extends Keys = Keys> {
  /** Milliseconds this fetcher may take; default 400. Later writes are dropped and the data counts as absent. */
  readonly budgetMs?: number;
  /** `endpoints`: everything that may become a candidate. Return nothing when no wait is needed. */
  prepare(
    cycle: Cycle<R>,
    sink: RequestSink<W>,
    endpoints: readonly Endpoint[],
    signal: AbortSignal | undefined,
  ): void | Promise<void>;
}

/** How often an endpoint is polled. */
export interface PollInterval {
  /** Milliseconds between polls of an endpoint that serves requests or whose values change. */
  readonly busyMs: number;
  /** Milliseconds between polls of an endpoint where nothing happens; it is polled at once when it is picked again. */
  readonly idleMs: number;
  /** Milliseconds after which a poll is given up. Default 1000. */
  readonly timeoutMs?: number;
}

/** Collects data about each endpoint, again and again. */
export interface PollingFetcher {
  readonly interval: PollInterval;
  /**
   * Polls one endpoint. What it returns goes to the extractors of this fetcher; one without extractors writes through
   * the writers it got at creation. Throw to report a failed poll: the endpoint is then polled less often for a while.
   */
  poll(endpoint: Endpoint, signal: AbortSignal): Promise<unknown>;
}

/** Collects data from a source that speaks by itself (events). Runs until `signal` aborts; restarted when it fails. */
export interface StreamingFetcher {
  stream(signal: AbortSignal): Promise<void>;
}

/** Turns what a polling fetcher got into data. */
export interface Extractor {
  /**
   * Writes through the writers it got at creation. The payload may be used only while this runs: fetchers reuse their memory.
   * @returns true when anything differs from the last time, which keeps the endpoint at its busy interval
   */
  extract(payload: unknown, endpoint: Endpoint): boolean;
}

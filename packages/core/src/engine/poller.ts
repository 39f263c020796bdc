import type { Clock } from '../contract/clock.ts';
import type { Endpoint } from '../contract/endpoint.ts';
import type { EndpointTable, TableObserver } from './endpoint-table.ts';
import type { Faults } from './faults.ts';
import type { CompiledSource } from './graph.ts';

/** What is known of the polling of one endpoint. */
export interface PollStatus {
  readonly fetcher: string;
  readonly endpoint: string;
  /** Milliseconds since the epoch; null before the first success. */
  readonly lastSuccessAt: number | null;
  /** Failures since the last success. */
  readonly failures: number;
  readonly lastError: string | null;
  /** False while nothing happens at the endpoint and it is polled at the idle interval. */
  readonly busy: boolean;
}

export interface PollListener {
  failed(fetcher: string, endpoint: Endpoint, error: unknown): void;
  recovered(fetcher: string, endpoint: Endpoint): void;
}

interface PollState {
  endpoint: Endpoint;
  dueAt: number;
  /** Since when neither traffic nor a change of values was seen. */
  quietSince: number;
  busy: boolean;
  failures: number;
  lastSuccessAt: number | null;
  lastError: string | null;
  /** When the poll that runs is given up; undefined while none does. */
  deadlineAt: number | undefined;
  /** True when that was seen to be over: an answer that lay there while this process was held up may still be read. */
  isOverdue: boolean;
  /** Which poll runs: an answer to an earlier one is ignored. */
  run: number;
  /** Aborts the poll that runs. Serves many polls: a new one is needed only after an abort. */
  controller: AbortController | undefined;
}

const DEFAULT_TIMEOUT_MS = 1000;
/** An endpoint counts as idle after this many busy intervals without traffic or change. */
const QUIET_INTERVALS = 20;
/** A wake-up costs as much as some polls, so as many endpoints share one. With more of them, decisions would have to wait. */
const SHARED_POLLS = 8;
/** A failing endpoint is polled at least this often, in milliseconds. */
const MAX_BACKOFF_MS = 10_000;

/**
 * Polls every endpoint with one fetcher. Busy endpoints at the busy interval, idle ones slower, failing ones slower
 * and slower; one that is picked again at once. Never more than one poll of an endpoint at a time.
 */
export class Poller implements TableObserver {
  readonly source: CompiledSource;
  readonly #table: EndpointTable;
  readonly #clock: Clock;
  readonly #faults: Faults;
  readonly #listener: PollListener;
  readonly #states = new Map<number, PollState>();
  readonly #unobserve: () => void;
  readonly #busyMs: number;
  readonly #idleMs: number;
  readonly #timeoutMs: number;
  #cancelWake: (() => void) | undefined;
  #wakeAt = Number.POSITIVE_INFINITY;
  #stopped = false;

  constructor(source: CompiledSource, table: EndpointTable, clock: Clock, faults: Faults, listener: PollListener) {
    this.source = source;
    this.#table = table;
    this.#clock = clock;
    this.#faults = faults;
    this.#listener = listener;
    const interval = source.fetcher.plugin.interval;
    this.#busyMs = Math.max(1, interval?.busyMs ?? 50);
    this.#idleMs = Math.max(this.#busyMs, interval?.idleMs ?? this.#busyMs);
    this.#timeoutMs = interval?.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#unobserve = table.observe(this);
    const endpoints = table.list();
    const groups = Math.ceil(endpoints.length / SHARED_POLLS);
    endpoints.forEach((endpoint, i) => {
      this.#begin(endpoint, (Math.floor(i / SHARED_POLLS) / groups) * this.#busyMs);
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#unobserve();
    this.#cancelWake?.();
    for (const state of this.#states.values()) state.controller?.abort();
    this.#states.clear();
  }

  /** Traffic begins at an endpoint: an idle one is polled at once. */
  nudge(row: number): void {
    const state = this.#states.get(row);
    if (state === undefined) return;
    const now = this.#clock.now();
    state.quietSince = now;
    if (state.busy || state.failures > 0) return;
    state.busy = true;
    state.dueAt = now;
    this.#wakeBy(now);
  }

  status(): readonly PollStatus[] {
    return [...this.#states.values()].map(({ endpoint, lastSuccessAt, failures, lastError, busy }) => ({
      fetcher: this.source.fetcher.name,
      endpoint: endpoint.id,
      lastSuccessAt,
      failures,
      lastError,
      busy,
    }));
  }

  grown(): void {}

  added(endpoint: Endpoint): void {
    this.#begin(endpoint, 0);
  }

  replaced(endpoint: Endpoint): void {
    const state = this.#states.get(endpoint.row);
    if (state !== undefined) state.endpoint = endpoint;
  }

  removed(endpoint: Endpoint): void {
    this.#states.get(endpoint.row)?.controller?.abort();
    this.#states.delete(endpoint.row);
  }

  #begin(endpoint: Endpoint, delayMs: number): void {
    const now = this.#clock.now();
    this.#states.set(endpoint.row, {
      endpoint,
      dueAt: now + delayMs,
      quietSince: now,
      busy: true,
      failures: 0,
      lastSuccessAt: null,
      lastError: null,
      deadlineAt: undefined,
      isOverdue: false,
      run: 0,
      controller: undefined,
    });
    this.#wakeBy(now + delayMs);
  }

  #wakeBy(at: number): void {
    if (this.#stopped || at >= this.#wakeAt) return;
    this.#cancelWake?.();
    this.#wakeAt = at;
    this.#cancelWake = this.#clock.schedule(Math.max(0, at - this.#clock.now()), () => this.#wake());
  }

  #wake(): void {
    this.#wakeAt = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    // Polls that are due within the same tenth of an interval share a timer.
    const soon = now + this.#busyMs / 10;
    let next = Number.POSITIVE_INFINITY;
    for (const state of this.#states.values()) {
      if (state.deadlineAt !== undefined) {
        if (state.deadlineAt <= now && state.isOverdue) this.#giveUp(state);
        else {
          state.isOverdue = state.deadlineAt <= now;
          next = Math.min(next, Math.max(state.deadlineAt, now));
        }
      } else if (state.dueAt <= soon) {
        next = Math.min(next, now + this.#timeoutMs);
        this.#poll(state, now);
      } else next = Math.min(next, state.dueAt);
    }
    if (next !== Number.POSITIVE_INFINITY) this.#wakeBy(next);
  }

  #poll(state: PollState, now: number): void {
    state.controller ??= new AbortController();
    state.deadlineAt = now + this.#timeoutMs;
    state.isOverdue = false;
    const run = ++state.run;
    const { endpoint } = state;
    const isCurrent = () => state.run === run && this.#states.get(endpoint.row) === state;
    const failed = (error: unknown) => {
      if (isCurrent()) this.#ended(state, () => this.#failed(state, error));
    };
    try {
      Promise.resolve(this.source.fetcher.plugin.poll!(endpoint, state.controller.signal)).then((payload) => {
        if (!isCurrent()) return;
        this.#ended(state, () => this.#succeeded(state, this.#extract(payload, state.endpoint)));
      }, failed);
    } catch (error) {
      failed(error);
    }
  }

  #giveUp(state: PollState): void {
    const reason = new Error(`no answer within ${this.#timeoutMs} ms`);
    const { controller } = state;
    state.controller = undefined;
    state.run++;
    this.#ended(state, () => this.#failed(state, reason));
    controller?.abort(reason);
  }

  #ended(state: PollState, settle: () => void): void {
    state.deadlineAt = undefined;
    settle();
    this.#wakeBy(state.dueAt);
  }

  #extract(payload: unknown, endpoint: Endpoint): boolean {
    let changed = this.source.extractors.length === 0 && payload === true;
    for (const extractor of this.source.extractors) {
      try {
        if (extractor.plugin.extract!(payload, endpoint)) changed = true;
      } catch (error) {
        this.#faults.report(extractor.name, 'extract', error, undefined, endpoint);
      }
    }
    return changed;
  }

  #succeeded(state: PollState, changed: boolean): void {
    const now = this.#clock.now();
    if (state.failures > 0) this.#listener.recovered(this.source.fetcher.name, state.endpoint);
    state.failures = 0;
    state.lastError = null;
    state.lastSuccessAt = now;
    if (changed || (this.#table.openCalls[state.endpoint.row] ?? 0) > 0) state.quietSince = now;
    state.busy = now - state.quietSince < this.#busyMs * QUIET_INTERVALS;
    state.dueAt = now + (state.busy ? this.#busyMs : this.#idleMs);
  }

  #failed(state: PollState, error: unknown): void {
    if (state.failures === 0) this.#listener.failed(this.source.fetcher.name, state.endpoint, error);
    state.failures++;
    state.lastError = error instanceof Error ? error.message : String(error);
    const backoffMs = Math.min(this.#busyMs * 2 ** Math.min(state.failures, 16), MAX_BACKOFF_MS);
    state.dueAt = this.#clock.now() + Math.max(backoffMs, this.#busyMs);
  }
}

import type { Call, ResponseEdits, ResponseMetadata } from '../contract/call.ts';
import type { Clock } from '../contract/clock.ts';
import type { Release } from '../contract/decision.ts';
import type { Endpoint } from '../contract/endpoint.ts';
import { type PointsmanError, type Rejection, rejectionError } from '../contract/errors.ts';
import type { Outcome, Usage } from '../contract/outcome.ts';
import { runAfterResponse } from './after-response.ts';
import type { RequestCycle } from './cycle.ts';
import type { Faults } from './faults.ts';
import type { GraphLease } from './graph-lease.ts';
import type { LiveDecision } from './live-decision.ts';
import { releaseAll, runPostChoice } from './post-choice.ts';
import { runProgress } from './progress.ts';
import type { RunResult } from './run-profile.ts';

/** What a call needs from its pool. */
export interface CallOwner {
  readonly clock: Clock;
  readonly faults: Faults;
  /** Counts a call on an endpoint, or takes it off. */
  occupy(endpoint: Endpoint, change: 1 | -1): void;
  isLive(endpoint: Endpoint): boolean;
  retried(call: LiveCall, from: Endpoint, why: string): void;
  ended(call: LiveCall, outcome: Outcome): void;
}

const NO_EDITS: ResponseEdits = Object.freeze({});
const NO_METADATA: ResponseMetadata = Object.freeze({});

/** One placed request, from its decision to its end. */
export class LiveCall implements Call {
  readonly decision: LiveDecision;
  readonly cycle: RequestCycle;
  readonly lease: GraphLease;
  readonly #owner: CallOwner;
  readonly #primary: RunResult;
  readonly #releases: { readonly plugin: string; readonly release: Release }[] = [];
  /** Neighbours in the list of open calls. */
  older: LiveCall | undefined;
  newer: LiveCall | undefined;
  #tried: Endpoint[] | undefined;
  #placed = false;
  #httpStatus: number | undefined;
  #firstTokenAt: number | undefined;
  #isComplete = false;
  #outcome: Outcome | undefined;
  #unlisten: (() => void) | undefined;
  #onEvicted: ((why: PointsmanError) => void) | undefined;

  constructor(owner: CallOwner, cycle: RequestCycle, lease: GraphLease, decision: LiveDecision, primary: RunResult) {
    this.#owner = owner;
    this.lease = lease;
    this.cycle = cycle;
    this.decision = decision;
    this.#primary = primary;
    decision.call = this;
    this.#place();
  }

  get isEnded(): boolean {
    return this.#outcome !== undefined;
  }

  get readsResponseBody(): boolean {
    return this.cycle.graph.readsResponseBody;
  }

  endOnAbort(signal: AbortSignal): void {
    const onAbort = () => this.end({ status: 'aborted' });
    signal.addEventListener('abort', onAbort, { once: true });
    this.#unlisten = () => signal.removeEventListener('abort', onAbort);
  }

  responseHeaders(
    httpStatus: number,
    headers: Readonly<Record<string, string | undefined>> = {},
    served?: Endpoint,
  ): ResponseEdits {
    if (this.isEnded) return NO_EDITS;
    this.#httpStatus = httpStatus;
    if (this.cycle.graph.progress.length === 0) {
      this.cycle.answered();
      return NO_EDITS;
    }
    let edits: Record<string, string> | undefined;
    const setHeader = (name: string, value: string) => {
      edits ??= {};
      edits[name.toLowerCase()] = value;
    };
    const atMs = this.#owner.clock.now();
    this.#progress({
      kind: 'headers',
      atMs,
      httpStatus,
      headers,
      served: served ?? this.decision.target,
      isServedReported: served !== undefined,
      setHeader,
    });
    // From here on the request stays where it is: nobody has to compare candidates any more.
    this.cycle.answered();
    return edits ?? NO_EDITS;
  }

  firstToken(): void {
    if (this.#firstTokenAt !== undefined || this.isEnded) return;
    const atMs = this.#owner.clock.now();
    this.#firstTokenAt = atMs;
    if (this.cycle.graph.progress.length > 0) this.#progress({ kind: 'first-token', atMs });
  }

  tokens(outputTokens: number): void {
    if (this.cycle.graph.progress.length === 0 || this.isEnded) return;
    this.#progress({
      kind: 'tokens',
      atMs: this.#owner.clock.now(),
      outputTokens,
    });
  }

  complete(usage?: Usage): ResponseMetadata {
    if (this.#isComplete || this.isEnded) return NO_METADATA;
    this.#isComplete = true;
    if (this.cycle.graph.progress.length === 0) return NO_METADATA;
    let metadata: Record<string, Record<string, string | number | boolean>> | undefined;
    const setMetadata = (namespace: string, name: string, value: string | number | boolean) => {
      metadata ??= {};
      metadata[namespace] = { ...metadata[namespace], [name]: value };
    };
    this.#progress({ kind: 'complete', atMs: this.#owner.clock.now(), usage, setMetadata });
    return metadata ?? NO_METADATA;
  }

  #progress(progress: Parameters<typeof runProgress>[2]): void {
    runProgress(this.cycle, this.decision, progress, this.#owner.faults);
  }

  next(why: string): Endpoint | undefined {
    if (this.isEnded) return undefined;
    const from = this.decision.target;
    this.#tried ??= [];
    this.#tried.push(from);
    this.#leave();
    // Whoever gave back what it had reserved may have evicted the call; so may those who would reserve anew.
    if (this.isEnded) return undefined;
    this.cycle.liveRecord?.leftBecause.push(why);
    const target = this.#bestUntried();
    if (target === undefined) return undefined;
    this.decision.moveTo(
      target,
      this.decision.fallbacks.filter((endpoint) => endpoint !== target),
    );
    this.#place();
    if (this.isEnded) return undefined;
    this.#owner.retried(this, from, why);
    return target;
  }

  /** The picker's next choice; after those, the best total among the rest while the columns are still there. */
  #bestUntried(): Endpoint | undefined {
    const usable = (endpoint: Endpoint) =>
      this.#tried?.some(({ id }) => id === endpoint.id) !== true && this.#owner.isLive(endpoint);
    const fallback = this.decision.fallbacks.find(usable);
    if (fallback !== undefined || this.cycle.liveRecord === undefined) return fallback;
    const { record } = this.#primary;
    let best: Endpoint | undefined;
    let bestTotal = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < record.length; i++) {
      const endpoint = record.endpoint(i);
      if (record.totals[i]! > bestTotal && usable(endpoint)) {
        best = endpoint;
        bestTotal = record.totals[i]!;
      }
    }
    return best === undefined ? undefined : this.decision.asForwarded(best);
  }

  #place(): void {
    const { target } = this.decision;
    this.cycle.liveRecord?.attempts.push(target);
    this.#owner.occupy(target, 1);
    this.#placed = true;
    runPostChoice(this.cycle, this.decision, this.#releases, this.#owner.faults);
    // One of the hooks has evicted the call: what those after it reserved is given back too.
    if (this.isEnded) releaseAll(this.cycle, this.#releases, this.#owner.faults);
  }

  #leave(): void {
    if (!this.#placed) return;
    this.#placed = false;
    releaseAll(this.cycle, this.#releases, this.#owner.faults);
    this.#owner.occupy(this.decision.target, -1);
  }

  onEvicted(listener: (why: PointsmanError) => void): void {
    this.#onEvicted = listener;
  }

  /** @returns false when it has ended or soon will, or nobody could stop what was forwarded */
  evict(why: Rejection): boolean {
    const listener = this.#onEvicted;
    if (this.isEnded || this.#isComplete || listener === undefined) return false;
    this.#onEvicted = undefined;
    const error = rejectionError(why);
    try {
      listener(error);
    } finally {
      this.end({ status: 'evicted', error });
    }
    return true;
  }

  end(outcome: Partial<Outcome> = {}): void {
    if (this.isEnded) return;
    const startedAt = this.cycle.now;
    this.#unlisten?.();
    this.#onEvicted = undefined;
    this.decision.call = undefined;
    const status = outcome.status ?? (outcome.error === undefined ? 'ok' : 'error');
    this.#outcome = {
      status,
      httpStatus: outcome.httpStatus ?? this.#httpStatus,
      usage: outcome.usage,
      firstTokenMs:
        outcome.firstTokenMs ?? (this.#firstTokenAt === undefined ? undefined : this.#firstTokenAt - startedAt),
      totalMs: outcome.totalMs ?? this.#owner.clock.now() - startedAt,
      error: outcome.error,
    };
    this.#leave();
    this.cycle.releaseCandidates();
    const record = this.cycle.liveRecord;
    if (record !== undefined) record.outcome = this.#outcome;
    runAfterResponse(this.cycle, this.decision, this.#outcome, this.#owner.faults);
    this.#owner.ended(this, this.#outcome);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end({ status: 'aborted' });
  }
}

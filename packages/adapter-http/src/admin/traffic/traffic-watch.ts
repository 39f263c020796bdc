import type { Clock, Decision, Endpoint, InferenceRequest, Outcome, Scheduler, SchedulerEvents } from '@pointsman/core';
import type { DecisionEntry } from './decision-entry.ts';
import { DecisionLog } from './decision-log.ts';
import { endedRequest, isFailed } from './ended-request.ts';
import { EndpointTraffic } from './endpoint-traffic.ts';
import { ExplanationStore } from './explanation-store.ts';
import { PoolTraffic } from './pool-traffic.ts';

const MAX_DROPS = 20;
const MAX_TEXT = 300;

/** What is remembered of one pool. */
export interface WatchedPool {
  readonly traffic: PoolTraffic;
  readonly decisions: DecisionLog;
  /** By endpoint id. */
  readonly endpoints: Map<string, EndpointTraffic>;
}

/**
 * Learns from a scheduler's events what its pools do not remember: traffic over time, shares, hit rates, and a list of
 * requests that is cheap to show. Memory is bounded by the number of endpoints and the length of the lists.
 */
export class TrafficWatch {
  /** Of requests that failed. */
  readonly failures: ExplanationStore;
  readonly #scheduler: Scheduler;
  readonly #clock: Clock;
  readonly #recent: number;
  readonly #pools = new Map<string, WatchedPool>();

  constructor(scheduler: Scheduler, clock: Clock, recent: number) {
    this.#scheduler = scheduler;
    this.failures = new ExplanationStore(scheduler);
    this.#clock = clock;
    this.#recent = recent;
    scheduler.on('decision', this.#onDecision).on('ended', this.#onEnded).on('rejected', this.#onRejected);
    scheduler.on('retried', this.#onRetried).on('endpoint:removed', this.#onRemoved);
  }

  stop(): void {
    const scheduler = this.#scheduler;
    scheduler.off('decision', this.#onDecision).off('ended', this.#onEnded).off('rejected', this.#onRejected);
    scheduler.off('retried', this.#onRetried).off('endpoint:removed', this.#onRemoved);
  }

  of(pool: string): WatchedPool {
    let watched = this.#pools.get(pool);
    if (watched === undefined) {
      watched = {
        traffic: new PoolTraffic(),
        decisions: new DecisionLog(this.#recent),
        endpoints: new Map(),
      };
      this.#pools.set(pool, watched);
      // A pool that a change of configuration took away leaves nothing behind.
      for (const name of this.#pools.keys()) {
        if (name !== pool && !this.#scheduler.pools.has(name)) this.#pools.delete(name);
      }
    }
    return watched;
  }

  readonly #onDecision = (decision: Decision, request: InferenceRequest): void => {
    const now = this.#clock.now();
    const watched = this.of(decision.pool);
    watched.traffic.placed(now);
    endpointOf(watched, decision.target).placed(now);
    watched.decisions.add(placedEntry(decision, request, now));
  };

  readonly #onEnded = (decision: Decision, outcome: Outcome, request: InferenceRequest): void => {
    const now = this.#clock.now();
    const watched = this.of(decision.pool);
    const ended = endedRequest(outcome);
    watched.traffic.ended(now, ended);
    if (this.#isMember(decision)) endpointOf(watched, decision.target).ended(now, ended);
    const change = {
      target: decision.target.id,
      attempts: decision.attempt,
      status: outcome.status,
      failed: isFailed(outcome),
      httpStatus: outcome.httpStatus ?? null,
      firstTokenMs: outcome.firstTokenMs ?? null,
      totalMs: outcome.totalMs,
      promptTokens: outcome.usage?.promptTokens ?? null,
      cachedTokens: outcome.usage?.cachedTokens ?? null,
      outputTokens: outcome.usage?.outputTokens ?? null,
      error: outcome.error === undefined ? null : shortened(messageOf(outcome.error)),
    };
    if (change.failed) this.failures.keep(decision.pool, decision.id, now);
    watched.decisions.update(decision.id, change, () => placedEntry(decision, request, now - outcome.totalMs));
  };

  readonly #onRejected = ({ pool, request, error }: SchedulerEvents['rejected'][0]): void => {
    if (!this.#scheduler.pools.has(pool)) return;
    const now = this.#clock.now();
    const watched = this.of(pool);
    const isAborted = error.code === 'ABORTED';
    if (!isAborted) watched.traffic.rejected(now);
    watched.decisions.add({
      ...emptyEntry(pool, request, now),
      status: isAborted ? 'aborted' : 'rejected',
      failed: !isAborted,
      httpStatus: error.httpStatus,
      error: shortened(error.message),
      drops: error.drops.slice(0, MAX_DROPS),
    });
  };

  readonly #onRetried = ({ decision }: SchedulerEvents['retried'][0]): void => {
    const watched = this.of(decision.pool);
    endpointOf(watched, decision.target).placed(this.#clock.now());
  };

  readonly #onRemoved = ({ pool, endpoint }: SchedulerEvents['endpoint:removed'][0]): void => {
    this.#pools.get(pool)?.endpoints.delete(endpoint.id);
  };

  #isMember({ pool, target }: Decision): boolean {
    return this.#pools.get(pool)?.endpoints.has(target.id) === true;
  }
}

function endpointOf(watched: WatchedPool, { id }: Endpoint): EndpointTraffic {
  let traffic = watched.endpoints.get(id);
  if (traffic === undefined) {
    traffic = new EndpointTraffic();
    watched.endpoints.set(id, traffic);
  }
  return traffic;
}

function placedEntry(decision: Decision, request: InferenceRequest, at: number): Omit<DecisionEntry, 'key'> {
  const primary = decision.results.find((result) => result.profile === decision.primaryProfile);
  return {
    ...emptyEntry(decision.pool, request, at),
    id: decision.id,
    target: decision.target.id,
    score: primary === undefined || !Number.isFinite(primary.score) ? null : primary.score,
    attempts: decision.attempt,
  };
}

function emptyEntry(pool: string, request: InferenceRequest, at: number): Omit<DecisionEntry, 'key'> {
  return {
    id: null,
    requestId: shortened(request.id),
    pool,
    model: shortened(request.model),
    path: shortened(request.path),
    at,
    target: null,
    score: null,
    attempts: 0,
    status: 'open',
    failed: false,
    httpStatus: null,
    firstTokenMs: null,
    totalMs: null,
    promptTokens: null,
    cachedTokens: null,
    outputTokens: null,
    error: null,
  };
}

/** Clients choose ids, models and paths: a list of them must not hold megabytes. */
function shortened(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

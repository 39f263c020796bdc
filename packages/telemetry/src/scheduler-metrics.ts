import type { Scheduler } from '@pointsman/core';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/**
 * Counts what a scheduler does into a prom-client registry: decisions by endpoint, rejections by reason, outcomes, times,
 * tokens, retries, failed scrapes, changes of configuration; and, when read, endpoints, open calls and endpoint data.
 * @returns a function that stops listening
 */
export function observeScheduler(scheduler: Scheduler, registry: Registry): () => void {
  const registers = [registry];
  const decisions = new Counter({
    name: 'pointsman_decisions_total',
    help: 'Requests that were placed, by the endpoint that was chosen first.',
    labelNames: ['pool', 'endpoint'],
    registers,
  });
  const rejections = new Counter({
    name: 'pointsman_rejections_total',
    help: 'Requests that were turned away, by code and reason.',
    labelNames: ['pool', 'code', 'reason'],
    registers,
  });
  const outcomes = new Counter({
    name: 'pointsman_requests_total',
    help: 'Requests that ended, by outcome.',
    labelNames: ['pool', 'status'],
    registers,
  });
  const duration = new Histogram({
    name: 'pointsman_request_duration_seconds',
    help: 'Time from the decision to the end of the response.',
    labelNames: ['pool'],
    buckets: SECONDS,
    registers,
  });
  const firstToken = new Histogram({
    name: 'pointsman_time_to_first_token_seconds',
    help: 'Time from the decision to the first token.',
    labelNames: ['pool'],
    buckets: SECONDS,
    registers,
  });
  const tokens = new Counter({
    name: 'pointsman_tokens_total',
    help: 'Tokens that model servers reported: prompt, cached (part of the prompt) and output.',
    labelNames: ['pool', 'kind'],
    registers,
  });
  const retries = new Counter({
    name: 'pointsman_retries_total',
    help: 'Requests that moved to another endpoint before their response began.',
    labelNames: ['pool'],
    registers,
  });
  const polls = new Counter({
    name: 'pointsman_poll_failures_total',
    help: 'Endpoints whose data could no longer be fetched, by fetcher.',
    labelNames: ['pool', 'fetcher', 'endpoint'],
    registers,
  });
  const reloads = new Counter({
    name: 'pointsman_reloads_total',
    help: 'Changes of configuration, by result.',
    labelNames: ['result'],
    registers,
  });

  const onDecision: Parameters<typeof scheduler.on<'decision'>>[1] = (decision) =>
    decisions.inc({ pool: decision.pool, endpoint: decision.target.id });
  const onRejected: Parameters<typeof scheduler.on<'rejected'>>[1] = ({ pool, error }) =>
    rejections.inc({ pool, code: error.code, reason: error.reason ?? '' });
  const onEnded: Parameters<typeof scheduler.on<'ended'>>[1] = ({ pool }, outcome) => {
    outcomes.inc({ pool, status: outcome.status });
    duration.observe({ pool }, outcome.totalMs / 1000);
    if (outcome.firstTokenMs !== undefined) firstToken.observe({ pool }, outcome.firstTokenMs / 1000);
    if (outcome.usage === undefined) return;
    tokens.inc({ pool, kind: 'prompt' }, outcome.usage.promptTokens);
    tokens.inc({ pool, kind: 'cached' }, outcome.usage.cachedTokens ?? 0);
    tokens.inc({ pool, kind: 'output' }, outcome.usage.outputTokens);
  };
  const onRetried: Parameters<typeof scheduler.on<'retried'>>[1] = ({ decision }) =>
    retries.inc({ pool: decision.pool });
  const onPollFailed: Parameters<typeof scheduler.on<'poll:failed'>>[1] = ({ pool, fetcher, endpoint }) =>
    polls.inc({ pool, fetcher, endpoint: endpoint.id });
  const onReloaded = () => reloads.inc({ result: 'ok' });
  const onReloadFailed = () => reloads.inc({ result: 'failed' });
  // An endpoint that is gone leaves no series behind.
  const onRemoved: Parameters<typeof scheduler.on<'endpoint:removed'>>[1] = ({ pool, endpoint }) => {
    decisions.remove({ pool, endpoint: endpoint.id });
  };
  scheduler.on('decision', onDecision).on('rejected', onRejected).on('ended', onEnded).on('retried', onRetried);
  scheduler.on('poll:failed', onPollFailed).on('reloaded', onReloaded).on('reload:failed', onReloadFailed);
  scheduler.on('endpoint:removed', onRemoved);
  observeEndpoints(scheduler, registry);
  return () => {
    scheduler.off('decision', onDecision).off('rejected', onRejected).off('ended', onEnded).off('retried', onRetried);
    scheduler.off('poll:failed', onPollFailed).off('reloaded', onReloaded).off('reload:failed', onReloadFailed);
    scheduler.off('endpoint:removed', onRemoved);
  };
}

/** Gauges that are read from the pools only when somebody asks for the page. */
function observeEndpoints(scheduler: Scheduler, registry: Registry): void {
  new Gauge({
    name: 'pointsman_endpoints',
    help: 'Endpoints that can be picked.',
    labelNames: ['pool'],
    registers: [registry],
    collect() {
      this.reset();
      for (const pool of scheduler.pools.values()) this.set({ pool: pool.name }, pool.endpoints().length);
    },
  });
  new Gauge({
    name: 'pointsman_open_calls',
    help: 'Requests that run on each endpoint now.',
    labelNames: ['pool', 'endpoint'],
    registers: [registry],
    collect() {
      this.reset();
      for (const pool of scheduler.pools.values()) {
        for (const endpoint of pool.endpoints()) {
          this.set({ pool: pool.name, endpoint: endpoint.id }, pool.openCallsOf(endpoint));
        }
      }
    },
  });
}

import { LabelValues, type Metrics, type Scheduler } from '@pointsman/core';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** Plugins give reasons, and might put what clients say into them. */
const REASONS_LIMIT = 100;

/**
 * Counts what a scheduler does: decisions by endpoint, rejections by reason, outcomes, times, tokens, retries, failed
 * scrapes, changes of configuration.
 * @returns a function that stops listening
 */
export function observeScheduler(scheduler: Scheduler, metrics: Metrics): () => void {
  const decisions = metrics.counter({
    name: 'pointsman_decisions_total',
    help: 'Requests that were placed, by the endpoint that was chosen first.',
    labels: ['pool', 'endpoint'],
  });
  const rejections = metrics.counter({
    name: 'pointsman_rejections_total',
    help: 'Requests that were turned away, by code and reason.',
    labels: ['pool', 'code', 'reason'],
  });
  const outcomes = metrics.counter({
    name: 'pointsman_requests_total',
    help: 'Requests that ended, by outcome.',
    labels: ['pool', 'status'],
  });
  const duration = metrics.histogram({
    name: 'pointsman_request_duration_seconds',
    help: 'Time from the decision to the end of the response.',
    labels: ['pool'],
    buckets: SECONDS,
  });
  const firstToken = metrics.histogram({
    name: 'pointsman_time_to_first_token_seconds',
    help: 'Time from the decision to the first token.',
    labels: ['pool'],
    buckets: SECONDS,
  });
  const tokens = metrics.counter({
    name: 'pointsman_tokens_total',
    help: 'Tokens that model servers reported: prompt, cached (part of the prompt) and output.',
    labels: ['pool', 'kind'],
  });
  const retries = metrics.counter({
    name: 'pointsman_retries_total',
    help: 'Requests that moved to another endpoint before their response began.',
    labels: ['pool'],
  });
  const polls = metrics.counter({
    name: 'pointsman_poll_failures_total',
    help: 'Endpoints whose data could no longer be fetched, by fetcher.',
    labels: ['pool', 'fetcher', 'endpoint'],
  });
  const reloads = metrics.counter({
    name: 'pointsman_reloads_total',
    help: 'Changes of configuration, by result.',
    labels: ['result'],
  });
  const reasons = new LabelValues(REASONS_LIMIT);

  const onDecision: Parameters<typeof scheduler.on<'decision'>>[1] = ({ pool, target }) =>
    decisions.add(1, { pool, endpoint: target.id });
  const onRejected: Parameters<typeof scheduler.on<'rejected'>>[1] = ({ pool, error }) =>
    rejections.add(1, { pool, code: error.code, reason: reasons.of(error.reason ?? '') });
  const onEnded: Parameters<typeof scheduler.on<'ended'>>[1] = ({ pool }, outcome) => {
    outcomes.add(1, { pool, status: outcome.status });
    duration.observe(outcome.totalMs / 1000, { pool });
    if (outcome.firstTokenMs !== undefined) firstToken.observe(outcome.firstTokenMs / 1000, { pool });
    if (outcome.usage === undefined) return;
    tokens.add(outcome.usage.promptTokens, { pool, kind: 'prompt' });
    tokens.add(outcome.usage.cachedTokens ?? 0, { pool, kind: 'cached' });
    tokens.add(outcome.usage.outputTokens, { pool, kind: 'output' });
  };
  const onRetried: Parameters<typeof scheduler.on<'retried'>>[1] = ({ decision: { pool } }) => retries.add(1, { pool });
  const onPollFailed: Parameters<typeof scheduler.on<'poll:failed'>>[1] = ({ pool, fetcher, endpoint }) =>
    polls.add(1, { pool, fetcher, endpoint: endpoint.id });
  const onReloaded = () => reloads.add(1, { result: 'ok' });
  const onReloadFailed = () => reloads.add(1, { result: 'failed' });
  scheduler.on('decision', onDecision).on('rejected', onRejected).on('ended', onEnded).on('retried', onRetried);
  scheduler.on('poll:failed', onPollFailed).on('reloaded', onReloaded).on('reload:failed', onReloadFailed);
  return () => {
    scheduler.off('decision', onDecision).off('rejected', onRejected).off('ended', onEnded).off('retried', onRetried);
    scheduler.off('poll:failed', onPollFailed).off('reloaded', onReloaded).off('reload:failed', onReloadFailed);
  };
}

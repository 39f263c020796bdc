import type { Endpoint, LabelValues, Metrics, Scheduler } from '@pointsman/core';

/** Labels of a decision that came to nothing. */
const NOWHERE = { endpoint_name: '', namespace: '', port: '' };

/**
 * Counts decisions, changed models and failed scrapes under the names of llm-d's endpoint picker.
 * @param models keeps the number of model names limited
 * @returns a function that stops it
 */
export function observeDecisions(scheduler: Scheduler, metrics: Metrics, models: LabelValues): () => void {
  const attempts = metrics.counter({
    name: 'llm_d_epp_scheduler_attempts_total',
    help: 'Decisions, and requests for which there was none.',
    labels: ['status', 'target_model_name', 'endpoint_name', 'namespace', 'port'],
  });
  const rewrites = metrics.counter({
    name: 'llm_d_epp_model_rewrite_decisions_total',
    help: 'Requests that go to another model than they named.',
    labels: ['model_rewrite_name', 'model_name', 'target_model'],
  });
  const polls = metrics.counter({
    name: 'llm_d_epp_datalayer_poll_errors_total',
    help: 'Endpoints whose data could no longer be fetched, by the plugin that fetches.',
    labels: ['source_type'],
  });

  const onDecision: Parameters<typeof scheduler.on<'decision'>>[1] = ({ target }, { model, targetModel }) => {
    attempts.add(1, { status: 'success', target_model_name: models.of(targetModel), ...placeOf(target) });
    if (model === targetModel) return;
    rewrites.add(1, { model_rewrite_name: '', model_name: models.of(model), target_model: models.of(targetModel) });
  };
  const onRejected: Parameters<typeof scheduler.on<'rejected'>>[1] = ({ request }) =>
    attempts.add(1, { status: 'failure', target_model_name: models.of(request.targetModel), ...NOWHERE });
  const onPollFailed: Parameters<typeof scheduler.on<'poll:failed'>>[1] = ({ pool, fetcher }) => {
    const plugin = scheduler.pools
      .get(pool)
      ?.plugins()
      .find(({ name }) => name === fetcher);
    polls.add(1, { source_type: plugin?.type ?? fetcher });
  };
  scheduler.on('decision', onDecision).on('rejected', onRejected).on('poll:failed', onPollFailed);
  return () => {
    scheduler.off('decision', onDecision).off('rejected', onRejected).off('poll:failed', onPollFailed);
  };
}

function placeOf({ id, port }: Endpoint): typeof NOWHERE {
  const slash = id.indexOf('/');
  return {
    endpoint_name: id.slice(slash + 1),
    namespace: slash === -1 ? '' : id.slice(0, slash),
    port: String(port),
  };
}

import type { Decision, Scheduler } from '@pointsman/core';
import type { Registry } from 'prom-client';
import type { LivingEndpoints } from '../living-endpoints.ts';
import { addFamily } from '../series/add-family.ts';
import type { Sample } from '../series/family.ts';
import type { Labels } from '../series/labels.ts';
import { OTHER, SeriesTable } from '../series/series-table.ts';
import { endpointLabels } from './endpoint-labels.ts';
import type { OpenRequests } from './observe-requests.ts';
import type { RequestSeries } from './request-series.ts';

/** Every model may meet every endpoint. Beyond so many pairs the model is left out. */
const ATTEMPTS_LIMIT = 10_000;
/** Beyond so many pairs of models both are left out. */
const REWRITES_LIMIT = 1000;

/** Labels of a decision that came to nothing. */
const NOWHERE = { endpoint_name: '', namespace: '', port: '' };

/**
 * Counts decisions and changed models, under the names of llm-d's endpoint picker.
 * @param open where the labels of a request are once it is placed
 */
export function observeDecisions(
  scheduler: Scheduler,
  series: RequestSeries,
  open: OpenRequests,
  living: LivingEndpoints,
  registry: Registry,
): void {
  const attempts = new SeriesTable<{ count: number }>({
    labelNames: ['status', 'target_model_name', 'endpoint_name', 'namespace', 'port'],
    create: newCount,
    limit: ATTEMPTS_LIMIT,
    fold: (labels) => ({ ...labels, target_model_name: OTHER }),
    isAlive: ({ labels }) => isThere(labels, scheduler, living),
  });
  const rewrites = new SeriesTable<{ count: number }>({
    labelNames: ['model_rewrite_name', 'model_name', 'target_model'],
    create: newCount,
    limit: REWRITES_LIMIT,
    fold: () => ({ model_name: OTHER, target_model: OTHER }),
    isAlive: () => true,
  });
  addFamily(registry, {
    name: 'llm_d_epp_scheduler_attempts_total',
    help: 'Decisions, and requests for which there was none.',
    type: 'counter',
    *samples(): Generator<Sample> {
      attempts.prune();
      for (const { labels, value } of attempts.values()) yield [labels, value.count];
    },
  });
  addFamily(registry, {
    name: 'llm_d_epp_model_rewrite_decisions_total',
    help: 'Requests that go to another model than they named.',
    type: 'counter',
    *samples(): Generator<Sample> {
      for (const { labels, value } of rewrites.values()) yield [labels, value.count];
    },
  });
  const count = (table: typeof attempts, labels: Labels) => {
    table.of(labels)!.value.count++;
  };
  const placeOf = ({ target: { id, port } }: Decision) => ({ ...endpointLabels(id), port: String(port) });
  scheduler
    .on('decision', (decision, request) => {
      const { model_name = '', target_model_name = '' } = open.get(decision)!.labels;
      count(attempts, { status: 'success', target_model_name, ...placeOf(decision) });
      if (request.model !== request.targetModel) count(rewrites, { model_name, target_model: target_model_name });
    })
    .on('rejected', ({ request }) => {
      const { target_model_name = '' } = series.of(request).labels;
      count(attempts, { status: 'failure', target_model_name, ...NOWHERE });
    });
}

function newCount(): { count: number } {
  return { count: 0 };
}

/** False for a series of an endpoint that is in no pool any more. */
function isThere(
  { endpoint_name: name = '', namespace = '' }: Labels,
  { pools }: Scheduler,
  living: LivingEndpoints,
): boolean {
  if (name === '') return true;
  const ids = namespace === '' ? [name, `/${name}`] : [`${namespace}/${name}`];
  for (const pool of pools.values()) if (ids.some((id) => living.idsOf(pool).has(id))) return true;
  return false;
}

import type { Decision, InferenceRequest, Scheduler } from '@pointsman/core';
import type { Registry } from 'prom-client';
import type { LivingEndpoints } from '../living-endpoints.ts';
import { addFamily } from '../series/add-family.ts';
import type { Sample } from '../series/family.ts';
import type { Labels } from '../series/labels.ts';
import { OTHER, SeriesTable } from '../series/series-table.ts';
import { endpointLabels } from './endpoint-labels.ts';

/** Every model may meet every endpoint. Beyond so many pairs the model is left out. */
const ATTEMPTS_LIMIT = 10_000;
/** Beyond so many pairs of models both are left out. */
const REWRITES_LIMIT = 1000;

interface Count {
  now: number;
}

/** Decisions and changed models, under the names of llm-d's endpoint picker. */
export class DecisionCounts {
  readonly #attempts: SeriesTable<Count>;
  readonly #rewrites: SeriesTable<Count>;

  constructor(scheduler: Scheduler, living: LivingEndpoints, registry: Registry) {
    this.#attempts = new SeriesTable<Count>({
      labelNames: ['target_model_name', 'endpoint', 'port'],
      create: newCount,
      limit: ATTEMPTS_LIMIT,
      fold: (labels) => ({ ...labels, target_model_name: OTHER }),
      isAlive: ({ labels: { endpoint = '' } }) => endpoint === '' || isThere(endpoint, scheduler, living),
    });
    this.#rewrites = new SeriesTable<Count>({
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
      samples: () => {
        this.#attempts.prune();
        return counted(this.#attempts, attemptLabels);
      },
    });
    addFamily(registry, {
      name: 'llm_d_epp_model_rewrite_decisions_total',
      help: 'Requests that go to another model than they named.',
      type: 'counter',
      samples: () => counted(this.#rewrites),
    });
  }

  /** @param labels those of the request */
  placed({ model_name = '', target_model_name = '' }: Labels, { target }: Decision, request: InferenceRequest): void {
    count(this.#attempts, { target_model_name, endpoint: target.id, port: String(target.port) });
    if (request.model !== request.targetModel) count(this.#rewrites, { model_name, target_model: target_model_name });
  }

  /** @param labels those of the request */
  refused({ target_model_name = '' }: Labels): void {
    count(this.#attempts, { target_model_name });
  }
}

function newCount(): Count {
  return { now: 0 };
}

function count(table: SeriesTable<Count>, labels: Labels): void {
  table.of(labels)!.value.now++;
}

function* counted(table: SeriesTable<Count>, relabel = (labels: Labels) => labels): Generator<Sample> {
  for (const { labels, value } of table.values()) yield [relabel(labels), value.now];
}

/** Without an endpoint a decision came to nothing. */
function attemptLabels({ target_model_name = '', endpoint = '', port = '' }: Labels): Labels {
  return {
    status: endpoint === '' ? 'failure' : 'success',
    target_model_name,
    ...endpointLabels(endpoint),
    port,
  };
}

function isThere(endpoint: string, { pools }: Scheduler, living: LivingEndpoints): boolean {
  for (const pool of pools.values()) if (living.idsOf(pool).has(endpoint)) return true;
  return false;
}

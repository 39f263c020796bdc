import type { Counter, Gauge, Histogram, Metrics } from '@pointsman/core';

/** Buckets of llm-d, in seconds. */
const CONFIRMATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What was given up so that others could run. */
export class EvictionMetrics {
  readonly #pool: Readonly<Record<string, string>>;
  readonly #confirmed: Readonly<Record<string, string>>;
  readonly #issued: Counter;
  readonly #ended: Counter;
  readonly #took: Histogram;
  readonly #target: Gauge;
  readonly #pending: Gauge;

  constructor(metrics: Metrics, pool: string) {
    this.#pool = { inference_pool: pool };
    this.#confirmed = { outcome: 'confirmed', inference_pool: pool };
    const labels = ['inference_pool'];
    this.#issued = metrics.counter({
      name: 'llm_d_epp_flow_control_revocations_issued_total',
      help: 'Requests that ran and were given up, by the priority of those that waited.',
      labels: ['priority', 'inference_pool'],
    });
    this.#ended = metrics.counter({
      name: 'llm_d_epp_flow_control_revocations_total',
      help: 'Requests that were given up, by whether they have ended.',
      labels: ['outcome', 'inference_pool'],
    });
    this.#took = metrics.histogram({
      name: 'llm_d_epp_flow_control_revocation_confirmation_seconds',
      help: 'How long it took to stop requests that were given up.',
      labels,
      buckets: CONFIRMATION_BUCKETS,
    });
    this.#target = metrics.gauge({
      name: 'llm_d_epp_flow_control_reclaim_target',
      help: 'By how much the pool was too full when requests were given up; 0 once that has been seen.',
      labels,
    });
    this.#pending = metrics.gauge({
      name: 'llm_d_epp_flow_control_pending_reclaim',
      help: 'How much of the pool requests held that were given up, until that has been seen.',
      labels,
    });
  }

  /** @param demand priority of those that waited, as a label: of a limited number */
  evicted(demand: string, tookMs: number): void {
    this.#issued.add(1, { ...this.#pool, priority: demand });
    this.#ended.add(1, this.#confirmed);
    this.#took.observe(tookMs / 1000, this.#pool);
  }

  reclaiming(target: number, pending: number): void {
    this.#target.set(target, this.#pool);
    this.#pending.set(pending, this.#pool);
  }
}

import { type Metrics, noMetrics } from '@pointsman/core';

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** How a request was served: as it came, or with a prefill, an encode stage, or a source of blocks before. */
export type ServedAs = 'passed' | 'split';

/** What a sidecar counts; described in docs/sidecar.md. */
export class SidecarMetrics {
  readonly #requests;
  readonly #open;
  readonly #prefill;
  readonly #retries;
  readonly #refused;
  #running = 0;

  constructor(metrics: Metrics = noMetrics) {
    this.#requests = metrics.counter({
      name: 'pointsman_sidecar_requests_total',
      help: 'Requests that ended, by how they were served and the status of their answer.',
      labels: ['served', 'status'],
    });
    this.#open = metrics.gauge({ name: 'pointsman_sidecar_open_requests', help: 'Requests that run now.' });
    this.#prefill = metrics.histogram({
      name: 'pointsman_sidecar_prefill_duration_seconds',
      help: 'From a prefill request to the end of its answer, retries included.',
      labels: ['result'],
      buckets: BUCKETS,
    });
    this.#retries = metrics.counter({
      name: 'pointsman_sidecar_prefill_retries_total',
      help: 'Prefill requests that were sent again.',
    });
    this.#refused = metrics.counter({
      name: 'pointsman_sidecar_refused_hosts_total',
      help: 'Hosts in routing headers that are not allowed.',
      labels: ['stage'],
    });
  }

  /** @returns what to call when the request has ended */
  begun(): (served: ServedAs, status: number) => void {
    this.#open.set(++this.#running);
    return (served, status) => {
      this.#open.set(--this.#running);
      this.#requests.add(1, { served, status: String(status) });
    };
  }

  prefillEnded(result: 'ok' | 'failed', seconds: number): void {
    this.#prefill.observe(seconds, { result });
  }

  prefillRetried(): void {
    this.#retries.add();
  }

  hostRefused(stage: 'prefiller' | 'encoder' | 'source'): void {
    this.#refused.add(1, { stage });
  }
}

import type { Metrics } from '@pointsman/core';

const SCHEDULING_SECONDS = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1];
const PROCESSING_SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.015, 0.025, 0.04, 0.06, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** How long a picker takes for a request, under the names of llm-d's endpoint picker. */
export class PickerDurations {
  readonly #scheduling;
  readonly #processing;

  constructor(metrics: Metrics) {
    this.#scheduling = metrics.histogram({
      name: 'llm_d_epp_scheduler_e2e_duration_seconds',
      help: 'From the question to the scheduler to its decision, with what plugins fetch for it.',
      buckets: SCHEDULING_SECONDS,
    });
    this.#processing = metrics.histogram({
      name: 'llm_d_epp_request_processing_duration_seconds',
      help: 'From the whole request to the answer to the proxy, also when it is refused.',
      buckets: PROCESSING_SECONDS,
    });
  }

  /** @param startedMs on the clock of `performance.now` */
  scheduled(startedMs: number): void {
    this.#scheduling.observe((performance.now() - startedMs) / 1000);
  }

  /** @param startedMs on the clock of `performance.now` */
  processed(startedMs: number): void {
    this.#processing.observe((performance.now() - startedMs) / 1000);
  }
}

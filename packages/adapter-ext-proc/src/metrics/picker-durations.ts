import type { Metrics } from '@pointsman/core';

const SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.015, 0.025, 0.04, 0.06, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** How long a picker takes for a request, under the name that llm-d's endpoint picker gives the metric. */
export class PickerDurations {
  readonly #processing;

  constructor(metrics: Metrics) {
    this.#processing = metrics.histogram({
      name: 'llm_d_epp_request_processing_duration_seconds',
      help: 'Time from the whole request to the answer to the proxy, also when it is refused.',
      buckets: SECONDS,
    });
  }

  /** @param startedMs on the clock of `performance.now` */
  processed(startedMs: number): void {
    this.#processing.observe((performance.now() - startedMs) / 1000);
  }
}

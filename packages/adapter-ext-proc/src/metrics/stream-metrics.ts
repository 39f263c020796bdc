import type { Metrics } from '@pointsman/core';

const SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 600];

/** How a stream ended, as a gRPC status code. */
export type StreamCode = 'OK' | 'Canceled' | 'Internal' | 'ResourceExhausted';

/** Counts streams, under the names that llm-d's endpoint picker gives the metrics. */
export class StreamMetrics {
  readonly #inFlight;
  readonly #total;
  readonly #duration;
  #open = 0;

  constructor(metrics: Metrics) {
    this.#inFlight = metrics.gauge({ name: 'llm_d_epp_extproc_streams_inflight', help: 'Streams that are open.' });
    this.#total = metrics.counter({
      name: 'llm_d_epp_extproc_streams_total',
      help: 'Streams that ended, by gRPC status.',
      labels: ['code'],
    });
    this.#duration = metrics.histogram({
      name: 'llm_d_epp_extproc_stream_duration_seconds',
      help: 'How long streams were open.',
      buckets: SECONDS,
    });
  }

  get open(): number {
    return this.#open;
  }

  /** @returns what to call when the stream has ended */
  began(): (code: StreamCode) => void {
    this.#inFlight.set(++this.#open);
    const startedMs = performance.now();
    return (code) => {
      this.#inFlight.set(--this.#open);
      this.#total.add(1, { code });
      this.#duration.observe((performance.now() - startedMs) / 1000);
    };
  }
}

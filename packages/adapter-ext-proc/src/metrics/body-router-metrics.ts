import type { Metrics } from '@pointsman/core';

/** Counts what body-based routing finds, under the names of the Gateway API Inference Extension. */
export class BodyRouterMetrics {
  readonly #success;
  readonly #notFound;
  readonly #empty;

  constructor(metrics: Metrics) {
    this.#success = metrics.counter({ name: 'bbr_success_total', help: 'Requests that were read and go on.' });
    this.#notFound = metrics.counter({
      name: 'bbr_body_field_not_found_total',
      help: 'Requests whose body lacks a field that is to become a header.',
      labels: ['field'],
    });
    this.#empty = metrics.counter({
      name: 'bbr_body_field_empty_total',
      help: 'Requests in whose body such a field is empty.',
      labels: ['field'],
    });
  }

  succeeded(): void {
    this.#success.add(1);
  }

  /** @param value undefined for a field that is not there */
  lacking(field: string, value: unknown): void {
    (value === undefined ? this.#notFound : this.#empty).add(1, { field });
  }
}

import type { Counter, Gauge, Histogram, MetricOptions, Metrics } from '@pointsman/core';
import { Counter as PromCounter, Gauge as PromGauge, Histogram as PromHistogram, type Registry } from 'prom-client';

type Labels = Readonly<Record<string, string>>;

/**
 * The metrics facade of plugins and engine over a prom-client registry. Asking twice for one name gives the same metric,
 * so plugins of several pools share it.
 */
export class PrometheusMetrics implements Metrics {
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  counter(options: MetricOptions): Counter {
    const metric =
      (this.#registry.getSingleMetric(options.name) as PromCounter | undefined) ??
      new PromCounter({ ...this.#common(options) });
    return {
      add: (amount = 1, labels?: Labels) => (labels === undefined ? metric.inc(amount) : metric.inc(labels, amount)),
    };
  }

  gauge(options: MetricOptions): Gauge {
    const metric =
      (this.#registry.getSingleMetric(options.name) as PromGauge | undefined) ??
      new PromGauge({ ...this.#common(options) });
    return { set: (value, labels?: Labels) => (labels === undefined ? metric.set(value) : metric.set(labels, value)) };
  }

  histogram(options: MetricOptions & { readonly buckets: readonly number[] }): Histogram {
    const metric =
      (this.#registry.getSingleMetric(options.name) as PromHistogram | undefined) ??
      new PromHistogram({ ...this.#common(options), buckets: [...options.buckets] });
    return {
      observe: (value, labels?: Labels) =>
        labels === undefined ? metric.observe(value) : metric.observe(labels, value),
    };
  }

  #common(options: MetricOptions) {
    return {
      name: options.name,
      help: options.help,
      labelNames: [...(options.labels ?? [])],
      registers: [this.#registry],
    };
  }
}

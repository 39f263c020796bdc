/** A monotonically growing count. */
export interface Counter {
  add(amount?: number, labels?: Readonly<Record<string, string>>): void;
}

/** A value that goes up and down. */
export interface Gauge {
  set(value: number, labels?: Readonly<Record<string, string>>): void;
}

/** A distribution of observed values. */
export interface Histogram {
  observe(value: number, labels?: Readonly<Record<string, string>>): void;
}

/** What a metric is called, and by which labels it is split. */
export interface MetricOptions {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

/** Where plugins register metrics. Plugins never import a metrics library: the host decides which one there is. */
export interface Metrics {
  counter(options: MetricOptions): Counter;
  gauge(options: MetricOptions): Gauge;
  histogram(options: MetricOptions & { readonly buckets: readonly number[] }): Histogram;
}

const ignore = { add() {}, set() {}, observe() {} };

export const noMetrics: Metrics = {
  counter: () => ignore,
  gauge: () => ignore,
  histogram: () => ignore,
};

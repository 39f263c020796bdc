import type { Counter, Gauge, Histogram, MetricOptions, Metrics } from '@pointsman/core';
import type { Registry } from 'prom-client';
import type { LivingEndpoints } from './living-endpoints.ts';
import { addFamily } from './series/add-family.ts';
import { Distribution } from './series/distribution.ts';
import type { FamilyType, Sample } from './series/family.ts';
import type { Labels } from './series/labels.ts';
import { OTHER, SeriesTable, type SeriesTableOptions } from './series/series-table.ts';

/** A metric with more series than that has labels that grow without end. */
const SERIES_LIMIT = 10_000;

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const NO_LABELS: Labels = Object.freeze({});

/** A number that changes. */
interface Tally {
  now: number;
}

/** A metric that somebody asked for. */
interface Known {
  readonly type: FamilyType;
  readonly labelNames: readonly string[];
  /** Of tallies, or of distributions for a histogram. */
  readonly table: unknown;
  samples(): Iterable<Sample>;
}

/**
 * The metrics of plugins and engine, on the page of a prom-client registry. Asking twice for one name gives the same
 * metric, so plugins of several pools share it. Series whose labels `pool` and `endpoint` name what is gone go with it. A
 * metric has at most 10,000 series: what comes beyond them counts with `other` in every label, and gauges leave it out.
 */
export class PrometheusMetrics implements Metrics {
  readonly #registry: Registry;
  readonly #living: LivingEndpoints;
  readonly #known = new Map<string, Known>();

  constructor(registry: Registry, living: LivingEndpoints) {
    this.#registry = registry;
    this.#living = living;
  }

  /** @throws Error when the name or a label is not allowed, or the name is taken by another kind of metric */
  counter(options: MetricOptions): Counter {
    const table = this.#table<Tally>(options, 'counter', allOther, newTally, nowOf);
    return {
      add(amount = 1, labels = NO_LABELS) {
        if (!(amount >= 0 && amount < Number.POSITIVE_INFINITY)) {
          throw new RangeError(`${options.name} grows by finite amounts from 0 upwards, not by ${amount}`);
        }
        table.of(labels)!.value.now += amount;
      },
    };
  }

  /** @throws Error as for a counter */
  gauge(options: MetricOptions): Gauge {
    const table = this.#table<Tally>(options, 'gauge', nowhere, newTally, nowOf);
    return {
      set(value, labels = NO_LABELS) {
        const series = table.of(labels);
        if (series !== undefined) series.value.now = value;
      },
    };
  }

  /** @throws Error as for a counter, or when a bound is no number */
  histogram(options: MetricOptions & { readonly buckets: readonly number[] }): Histogram {
    const buckets = boundsOf(options);
    const create = () => new Distribution(buckets);
    const table = this.#table<Distribution>(options, 'histogram', allOther, create, (distribution) => distribution);
    return {
      observe(value, labels = NO_LABELS) {
        if (!Number.isFinite(value)) throw new RangeError(`${options.name} observes finite numbers, not ${value}`);
        table.of(labels)!.value.observe(value);
      },
    };
  }

  /** What a metric holds now; nothing when nobody has asked for it yet. */
  samplesOf(name: string): Iterable<Sample> {
    return this.#known.get(name)?.samples() ?? [];
  }

  #table<T extends Tally | Distribution>(
    { name, help, labels: labelNames = [] }: MetricOptions,
    type: FamilyType,
    fold: SeriesTableOptions<T>['fold'],
    create: () => T,
    read: (value: T) => number | Distribution,
  ): SeriesTable<T> {
    const known = this.#known.get(name);
    if (known !== undefined) {
      checkSame(name, known, type, labelNames);
      return known.table as SeriesTable<T>;
    }
    checkNames(name, labelNames, type);
    const living = this.#living;
    const table = new SeriesTable<T>({
      labelNames,
      create,
      fold,
      limit: SERIES_LIMIT,
      isAlive: ({ labels }) => living.has(labels),
    });
    function* samples(): Generator<Sample> {
      living.look();
      table.prune();
      for (const { labels, value } of table.values()) yield [labels, read(value)];
    }
    addFamily(this.#registry, { name, help, type, samples });
    this.#known.set(name, { type, labelNames, table, samples });
    // Without labels there is one series, and it is there from the beginning.
    if (labelNames.length === 0) table.of(NO_LABELS);
    return table;
  }
}

function newTally(): Tally {
  return { now: 0 };
}

function nowOf({ now }: Tally): number {
  return now;
}

function allOther(labels: Labels): Labels {
  return Object.fromEntries(Object.keys(labels).map((name) => [name, OTHER]));
}

/** A sum of gauges, such as shares, would make no sense. */
function nowhere(): undefined {
  return undefined;
}

/** Each once, ascending. Every histogram has a last bucket without a bound. */
function boundsOf({ name, buckets }: { readonly name: string; readonly buckets: readonly number[] }): number[] {
  if (buckets.some(Number.isNaN)) throw new Error(`NaN is no bound for a bucket of ${name}`);
  return [...new Set(buckets)].filter((bound) => bound !== Number.POSITIVE_INFINITY).sort((a, b) => a - b);
}

function checkNames(name: string, labelNames: readonly string[], type: FamilyType): void {
  if (!METRIC_NAME.test(name)) throw new Error(`"${name}" is no name for a metric: letters, digits, "_" and ":" only`);
  for (const label of labelNames) {
    if (LABEL_NAME.test(label) && !(type === 'histogram' && label === 'le')) continue;
    throw new Error(`"${label}" is no name for a label of ${name}: letters, digits and "_" only, and not "le"`);
  }
}

function checkSame(name: string, known: Known, type: FamilyType, labelNames: readonly string[]): void {
  const isSame = known.type === type && known.labelNames.join() === labelNames.join();
  if (isSame) return;
  const described = `${known.type} with the labels [${known.labelNames.join(', ')}]`;
  throw new Error(`the metric ${name} is there already, as a ${described}; take another name`);
}

import type { Labels } from './labels.ts';

/** What all values beyond the limit are counted under. */
export const OTHER = 'other';

/** One time series, or all that have the same labels. */
export interface Series<T> {
  /** All labels of the table, in its order; the same object as long as the series lives. */
  readonly labels: Labels;
  readonly value: T;
}

/** How a table of series is kept to a limited size. */
export interface SeriesTableOptions<T> {
  readonly labelNames: readonly string[];
  readonly create: (labels: Labels) => T;
  /** How many series there may be before new ones are folded. */
  readonly limit: number;
  /**
   * Under which labels a new series is kept when the table is full; undefined for not at all. What this can give must be
   * of a limited number.
   */
  readonly fold: (labels: Labels, size: number) => Labels | undefined;
  /** False for a series that makes room when the table is full. */
  readonly isAlive: (series: Series<T>) => boolean;
}

/** So many series that found the table full are folded before it is looked through again for dead ones. */
const PATIENCE = 1000;

/**
 * Time series of one metric, or of several with the same labels. prom-client's own metrics know neither a limit nor how to
 * forget what is gone, and look a series up anew for each of the metrics that a request counts in.
 */
export class SeriesTable<T> {
  readonly #options: SeriesTableOptions<T>;
  readonly #series = new Map<string, Series<T>>();
  #patience = 0;

  constructor(options: SeriesTableOptions<T>) {
    this.#options = options;
  }

  get size(): number {
    return this.#series.size;
  }

  /**
   * The series with these labels, which is made when there is none; labels that are missing are empty.
   * @returns undefined when the table is full
   * @throws TypeError when there is a label that the table does not have
   */
  of(labels: Labels): Series<T> | undefined {
    return this.#series.get(this.#keyOf(labels)) ?? this.#add(labels);
  }

  values(): IterableIterator<Series<T>> {
    return this.#series.values();
  }

  /** Forgets what is dead. */
  prune(): void {
    for (const [key, series] of this.#series) if (!this.#options.isAlive(series)) this.#series.delete(key);
  }

  clear(): void {
    this.#series.clear();
  }

  #add(given: Labels): Series<T> | undefined {
    const { labelNames, limit, fold, create } = this.#options;
    const unknown = Object.keys(given).find((name) => !labelNames.includes(name));
    if (unknown !== undefined) throw new TypeError(`there is no label "${unknown}"; declare it with the metric`);
    if (this.#series.size >= limit && this.#patience-- <= 0) {
      this.#patience = PATIENCE;
      this.prune();
    }
    const wanted = this.#series.size < limit ? given : fold(given, this.#series.size);
    if (wanted === undefined) return undefined;
    const key = this.#keyOf(wanted);
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const labels: Labels = Object.freeze(Object.fromEntries(labelNames.map((name) => [name, wanted[name] ?? ''])));
    const series = { labels, value: create(labels) };
    this.#series.set(key, series);
    return series;
  }

  /** With lengths, because clients may put any separator into a name. */
  #keyOf(labels: Labels): string {
    let key = '';
    for (const name of this.#options.labelNames) {
      const value = labels[name] ?? '';
      key += `${value.length}:${value}`;
    }
    return key;
  }
}

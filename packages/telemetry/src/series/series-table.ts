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

/** Series by the values of their labels, one label after the other. */
type Branch<T> = Map<string, Branch<T> | Series<T>>;

/**
 * Time series of one metric, or of several with the same labels. prom-client's own metrics know neither a limit nor how to
 * forget what is gone, and look a series up anew for each of the metrics that a request counts in.
 */
export class SeriesTable<T> {
  readonly #options: SeriesTableOptions<T>;
  /** Names of the labels by which a series is found. */
  readonly #path: readonly string[];
  // No key is put together for a lookup: that would cost more than the steps of the way.
  readonly #root: Branch<T> = new Map();
  readonly #series = new Set<Series<T>>();
  #patience = 0;

  constructor(options: SeriesTableOptions<T>) {
    this.#options = options;
    // Without labels there is one series, and one step to it.
    this.#path = options.labelNames.length === 0 ? [''] : options.labelNames;
  }

  /**
   * The series with these labels, which is made when there is none; labels that are missing are empty.
   * @returns undefined when the table is full
   * @throws TypeError when there is a label that the table does not have
   */
  of(labels: Labels): Series<T> | undefined {
    return this.#find(labels) ?? this.#add(labels);
  }

  values(): IterableIterator<Series<T>> {
    return this.#series.values();
  }

  /** Forgets what is dead. */
  prune(): void {
    for (const series of this.#series) if (!this.#options.isAlive(series)) this.#forget(series);
  }

  #find(labels: Labels): Series<T> | undefined {
    let found: Branch<T> | Series<T> | undefined = this.#root;
    for (const name of this.#path) {
      found = (found as Branch<T>).get(labels[name] ?? '');
      if (found === undefined) return undefined;
    }
    return found as Series<T>;
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
    const labels: Labels = Object.freeze(
      Object.fromEntries(labelNames.map((name) => [name, wellFormed(wanted[name] ?? '')])),
    );
    const known = this.#find(labels);
    if (known !== undefined) return known;
    const series = { labels, value: create(labels) };
    this.#branches(labels)
      .at(-1)!
      .set(labels[this.#path.at(-1)!] ?? '', series);
    this.#series.add(series);
    return series;
  }

  #forget(series: Series<T>): void {
    this.#series.delete(series);
    const branches = this.#branches(series.labels);
    for (let i = branches.length - 1; i >= 0; i--) {
      branches[i]!.delete(series.labels[this.#path[i]!] ?? '');
      if (branches[i]!.size > 0) return;
    }
  }

  /** The branches on the way to a series; those that are missing are made. */
  #branches(labels: Labels): Branch<T>[] {
    const branches = [this.#root];
    for (const name of this.#path.slice(0, -1)) {
      const value = labels[name] ?? '';
      let next = branches.at(-1)!.get(value) as Branch<T> | undefined;
      if (next === undefined) {
        next = new Map();
        branches.at(-1)!.set(value, next);
      }
      branches.push(next);
    }
    return branches;
  }
}

/** Halves of characters would all look the same on the page, and a page must not have two series that do. */
function wellFormed(value: string): string {
  return value.replace(/\p{Surrogate}/gu, '\ufffd');
}

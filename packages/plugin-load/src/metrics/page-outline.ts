import type { MetricsPage } from './metrics-page.ts';

/** What a page has of some metrics: how many samples, and as what type. */
export class PageOutline {
  readonly names: readonly string[];
  readonly #counts: readonly number[];
  readonly #types: readonly number[];

  constructor(page: MetricsPage, names: readonly string[]) {
    this.names = names;
    this.#counts = names.map((name) => page.count(name));
    this.#types = names.map((name) => page.typeOf(name));
  }

  /** True when the page has none of them. */
  get isEmpty(): boolean {
    return this.#counts.every((count) => count === 0);
  }

  /** True when whatever the other page has of the same metrics is on this one too, as the same type. */
  covers(other: PageOutline): boolean {
    return other.#counts.every(
      (count, i) => count === 0 || (this.#counts[i]! >= count && this.#types[i] === other.#types[i]),
    );
  }
}

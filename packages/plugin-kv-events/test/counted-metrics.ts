import type { Metrics } from '@pointsman/core';

/** Metrics that a test can wait for. */
export class CountedMetrics implements Metrics {
  readonly #values = new Map<string, number>();
  readonly #waiting = new Set<() => void>();

  counter = ({ name }: { readonly name: string }) => ({
    add: (amount = 1, labels?: Readonly<Record<string, string>>) => {
      this.#put(name, (this.of(name) ?? 0) + amount);
      for (const [label, value] of Object.entries(labels ?? {})) {
        const split = `${name}{${label}=${value}}`;
        this.#put(split, this.of(split) + amount);
      }
    },
  });

  gauge = ({ name }: { readonly name: string }) => ({ set: (value: number) => this.#put(name, value) });

  histogram = () => ({ observe() {} });

  /** The value of a metric; of those with one label as `name{label=value}`. */
  of(name: string): number {
    return this.#values.get(name) ?? 0;
  }

  /** Resolves when the metric has reached the value, and what was going on then is done. */
  async reaches(name: string, value: number): Promise<void> {
    while (this.of(name) < value) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  #put(name: string, value: number): void {
    this.#values.set(name, value);
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** A histogram with fixed bounds. */
export class Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  constructor(name: string, help: string, bounds: readonly number[]) {
    this.#name = name;
    this.#help = help;
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    const index = this.#bounds.findIndex((bound) => value <= bound);
    if (index !== -1) this.#counts[index]!++;
    this.#sum += value;
    this.#count++;
  }

  /** Nothing before the first observation. @param labels without braces: `model_name="m"` */
  lines(labels: string): string[] {
    if (this.#count === 0) return [];
    let below = 0;
    const buckets = this.#bounds.map((bound, i) => {
      below += this.#counts[i]!;
      return `${this.#name}_bucket{${labels},le="${bound}"} ${below}`;
    });
    return [
      ...headOf(this.#name, this.#help, 'histogram'),
      ...buckets,
      `${this.#name}_bucket{${labels},le="+Inf"} ${this.#count}`,
      `${this.#name}_sum{${labels}} ${this.#sum}`,
      `${this.#name}_count{${labels}} ${this.#count}`,
    ];
  }
}

/** A value that only grows. */
export class Counter {
  readonly #name: string;
  readonly #help: string;
  /** By further labels, as they appear on the page (`finish_reason="stop"`); `''` for none. */
  readonly #values = new Map<string, number>();

  constructor(name: string, help: string) {
    this.#name = name;
    this.#help = help;
  }

  add(value: number, label = ''): void {
    this.#values.set(label, (this.#values.get(label) ?? 0) + value);
  }

  lines(labels: string): string[] {
    if (this.#values.size === 0) return [];
    const values = [...this.#values].map(([label, value]) => {
      const all = label === '' ? labels : `${label},${labels}`;
      return `${this.#name}{${all}} ${value}`;
    });
    return [...headOf(this.#name, this.#help, 'counter'), ...values];
  }
}

/** One gauge. */
export function gauge(name: string, help: string, labels: string, value: number): string[] {
  return [...headOf(name, help, 'gauge'), `${name}{${labels}} ${value}`];
}

/** The value of a label, escaped. */
export function labelValue(value: string): string {
  return value.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`));
}

function headOf(name: string, help: string, type: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

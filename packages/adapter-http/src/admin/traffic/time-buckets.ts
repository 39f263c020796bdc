/** A ring of equal spans of time with a few numbers each. Spans that were passed over hold zeros. */
export class TimeBuckets<Field extends string> {
  readonly spanMs: number;
  readonly length: number;
  readonly #columns: { readonly [F in Field]: Float64Array };
  readonly #fields: readonly Field[];
  /** Number of the newest span, counted from the epoch. */
  #newest = -1;

  constructor(spanMs: number, length: number, fields: readonly Field[]) {
    this.spanMs = spanMs;
    this.length = length;
    this.#fields = fields;
    this.#columns = Object.fromEntries(fields.map((field) => [field, new Float64Array(length)])) as {
      [F in Field]: Float64Array;
    };
  }

  /** Makes room for the present. @returns the numbers of the spans that were begun, newest last */
  advance(now: number): number {
    const span = Math.floor(now / this.spanMs);
    if (this.#newest === -1 || span < this.#newest - this.length) this.#newest = span - this.length;
    const begun = Math.max(0, span - this.#newest);
    for (let i = 0; i < Math.min(begun, this.length); i++) {
      const slot = this.slotOf(span - i);
      for (const field of this.#fields) this.#columns[field][slot] = 0;
    }
    this.#newest = Math.max(this.#newest, span);
    return begun;
  }

  add(now: number, field: Field, amount: number): void {
    this.advance(now);
    const slot = this.slotOf(this.#newest);
    this.#columns[field][slot] = this.#columns[field][slot]! + amount;
  }

  /** Number of the newest span. */
  get newest(): number {
    return this.#newest;
  }

  slotOf(span: number): number {
    return ((span % this.length) + this.length) % this.length;
  }

  at(span: number, field: Field): number {
    return this.#columns[field][this.slotOf(span)]!;
  }

  sum(field: Field): number {
    let sum = 0;
    for (const value of this.#columns[field]) sum += value;
    return sum;
  }
}

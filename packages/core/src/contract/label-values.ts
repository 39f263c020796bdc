/** What all values beyond the limit are counted under. */
const OTHER = 'other';

/** Characters of a value: clients choose how long a name is. */
const LONGEST = 256;

/**
 * Keeps the values of a metric's label that clients choose to a limited number, because each is a time series of its own,
 * and to a limited length.
 */
export class LabelValues {
  readonly #limit: number;
  readonly #seen = new Set<string>();

  /** @param limit how many values there may be beside `other` */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @returns the value, or `other` when it has over 256 characters, or is new and the limit is reached */
  of(value: string): string {
    if (this.#seen.has(value)) return value;
    if (value.length > LONGEST || this.#seen.size >= this.#limit) return OTHER;
    this.#seen.add(value);
    return value;
  }
}

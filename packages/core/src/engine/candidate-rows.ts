import type { DataKey } from '../contract/data-key.ts';

/**
 * One candidate key's data for one request. Taken from a pool and put back after the decision; a stamp per row says
 * whether the row was written for this request, so nothing has to be cleared in between.
 */
export class CandidateRows {
  readonly key: DataKey;
  values: Float64Array | unknown[];
  fields: Record<string, Float64Array>;
  #stamps: Uint32Array;
  #stamp = 1;

  constructor(key: DataKey, capacity: number) {
    this.key = key;
    this.values = key.shape === 'number' ? new Float64Array(capacity) : [];
    this.fields = Object.fromEntries(key.fields.map((field) => [field, new Float64Array(capacity)]));
    this.#stamps = new Uint32Array(capacity);
  }

  get capacity(): number {
    return this.#stamps.length;
  }

  /** Forgets what an earlier request wrote. */
  renew(): void {
    if (this.#stamp === 0xffffffff) {
      this.#stamps.fill(0);
      this.#stamp = 0;
    }
    this.#stamp++;
  }

  has(row: number): boolean {
    return this.#stamps[row] === this.#stamp;
  }

  mark(row: number): void {
    this.#stamps[row] = this.#stamp;
  }

  forget(row: number): void {
    this.#stamps[row] = 0;
  }

  set(row: number, value: unknown): void {
    if (this.key.shape === 'record') {
      const record = value as Readonly<Record<string, number>>;
      for (const [field, values] of Object.entries(this.fields)) values[row] = record[field] ?? 0;
    } else {
      this.values[row] = value;
    }
    this.mark(row);
  }

  /** The value as `get(key)` gives it. */
  get(row: number): unknown {
    if (!this.has(row)) return this.key.fallback;
    if (this.key.shape !== 'record') return this.values[row];
    return Object.fromEntries(Object.entries(this.fields).map(([field, values]) => [field, values[row]]));
  }
}

/** Keeps the arrays of one candidate key for the next request. */
export class CandidateRowsPool {
  readonly key: DataKey;
  readonly #idle: CandidateRows[] = [];

  constructor(key: DataKey) {
    this.key = key;
  }

  take(capacity: number): CandidateRows {
    const idle = this.#idle.pop();
    if (idle === undefined || idle.capacity < capacity) return new CandidateRows(this.key, capacity);
    idle.renew();
    return idle;
  }

  put(rows: CandidateRows): void {
    if (this.#idle.length < 64) this.#idle.push(rows);
  }
}

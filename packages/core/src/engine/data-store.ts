import type { Clock } from '../contract/clock.ts';
import type { DataKey } from '../contract/data-key.ts';
import type { Endpoint } from '../contract/endpoint.ts';
import type { EndpointTable, TableObserver } from './endpoint-table.ts';

/** One endpoint key's data: an array per number, or an array of values; grown and cleared with the table. */
export class EndpointColumn {
  readonly key: DataKey;
  values: Float64Array | unknown[];
  fields: Record<string, Float64Array>;
  writtenAt: Float64Array;

  constructor(key: DataKey, capacity: number) {
    this.key = key;
    this.values = key.shape === 'number' ? new Float64Array(capacity).fill(initial(key)) : [];
    this.fields = Object.fromEntries(key.fields.map((field) => [field, new Float64Array(capacity)]));
    this.writtenAt = new Float64Array(capacity).fill(Number.NaN);
  }

  grow(capacity: number): void {
    if (this.values instanceof Float64Array) this.values = grown(this.values, capacity, initial(this.key));
    for (const [field, values] of Object.entries(this.fields)) this.fields[field] = grown(values, capacity, 0);
    this.writtenAt = grown(this.writtenAt, capacity, Number.NaN);
  }

  clear(row: number): void {
    this.values[row] = this.key.shape === 'number' ? initial(this.key) : undefined;
    for (const values of Object.values(this.fields)) values[row] = 0;
    this.writtenAt[row] = Number.NaN;
  }

  set(row: number, value: unknown, now: number): void {
    if (this.key.shape === 'record') {
      const record = value as Readonly<Record<string, number>>;
      for (const [field, values] of Object.entries(this.fields)) values[row] = record[field] ?? 0;
    } else {
      this.values[row] = value;
    }
    this.writtenAt[row] = now;
  }

  /** The value as `get(key)` gives it. */
  get(row: number): unknown {
    if (this.key.shape === 'number') {
      const value = this.values[row] as number;
      return Number.isNaN(this.writtenAt[row]) && !this.key.hasFallback ? undefined : value;
    }
    if (Number.isNaN(this.writtenAt[row])) return this.key.fallback;
    if (this.key.shape === 'value') return this.values[row];
    return Object.fromEntries(Object.entries(this.fields).map(([field, values]) => [field, values[row]]));
  }
}

function initial(key: DataKey): number {
  return key.hasFallback ? (key.fallback as number) : Number.NaN;
}

function grown(old: Float64Array, capacity: number, fill: number): Float64Array {
  const next = new Float64Array(capacity).fill(fill);
  next.set(old);
  return next;
}

/** The endpoint data of one pool. Outlives changes of configuration. */
export class DataStore implements TableObserver {
  readonly #columns = new Map<string, EndpointColumn>();
  readonly #table: EndpointTable;
  readonly #clock: Clock;

  constructor(table: EndpointTable, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
    table.observe(this);
  }

  column(key: DataKey): EndpointColumn {
    let column = this.#columns.get(key.id);
    if (column === undefined) {
      column = new EndpointColumn(key, this.#table.capacity);
      this.#columns.set(key.id, column);
    }
    return column;
  }

  columns(): Iterable<EndpointColumn> {
    return this.#columns.values();
  }

  set(endpoint: Endpoint, key: DataKey, value: unknown): void {
    if (this.#table.isLive(endpoint)) this.column(key).set(endpoint.row, value, this.#clock.now());
  }

  add(endpoint: Endpoint, key: DataKey, amounts: Readonly<Record<string, number | undefined>>): void {
    if (!this.#table.isLive(endpoint)) return;
    const column = this.column(key);
    for (const field of key.fields) {
      const amount = amounts[field];
      const values = column.fields[field];
      if (amount !== undefined && values !== undefined) {
        values[endpoint.row] = Math.max(0, (values[endpoint.row] ?? 0) + amount);
      }
    }
    column.writtenAt[endpoint.row] = this.#clock.now();
  }

  clear(endpoint: Endpoint, key: DataKey): void {
    if (this.#table.isLive(endpoint)) this.column(key).clear(endpoint.row);
  }

  grown(capacity: number): void {
    for (const column of this.#columns.values()) column.grow(capacity);
  }

  added(endpoint: Endpoint): void {
    for (const column of this.#columns.values()) column.clear(endpoint.row);
  }

  replaced(): void {}

  removed(endpoint: Endpoint): void {
    for (const column of this.#columns.values()) column.clear(endpoint.row);
  }
}

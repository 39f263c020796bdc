import type { Cycle } from './cycle.ts';
import type { DataKey, FieldsOf, RecordOf, ValueOf, WrittenValueOf } from './data-key.ts';
import type { Endpoint } from './endpoint.ts';

/**
 * Columns are how plugins read data quickly: one array per number, indexed by `endpoint.row`. Fetch the array anew in
 * every call (`column.values`), because it is replaced when the table grows.
 */

/** Endpoint numbers. Holds the key's fallback, or NaN without one, where nothing was written. */
export interface NumberColumn {
  readonly values: Float64Array;
  /** When each row was last written, in milliseconds since the epoch; NaN for never. */
  readonly writtenAt: Float64Array;
}

/** Endpoint records: one array per field, zero where nothing was written. */
export interface RecordColumn<Field extends string> {
  readonly fields: { readonly [F in Field]: Float64Array };
  readonly writtenAt: Float64Array;
}

/** Endpoint values of any type. */
export interface ValueColumn<T> {
  readonly values: readonly (T | undefined)[];
  readonly writtenAt: Float64Array;
}

/** Candidate numbers of one request. */
export interface CandidateNumbers {
  readonly values: Float64Array;
  /** False when nothing was written for that row in this request. */
  has(row: number): boolean;
}

/** Candidate records of one request. */
export interface CandidateRecords<Field extends string> {
  readonly fields: { readonly [F in Field]: Float64Array };
  has(row: number): boolean;
}

/** Candidate values of one request. */
export interface CandidateValues<T> {
  readonly values: readonly (T | undefined)[];
  has(row: number): boolean;
}

/** Gives a request's candidate data. Undefined when its writer wrote nothing for this request, failed or was late. */
export interface CandidateColumn<Rows> {
  of(cycle: Cycle): Rows | undefined;
}

/** What `read(key)` gives a plugin when it is created. */
export type ColumnOf<K> =
  K extends DataKey<string, infer T, 'endpoint', infer Shape, boolean>
    ? Shape extends 'number'
      ? NumberColumn
      : Shape extends 'record'
        ? RecordColumn<FieldsOf<K>>
        : ValueColumn<T>
    : K extends DataKey<string, infer T, 'candidate', infer Shape, boolean>
      ? CandidateColumn<
          Shape extends 'number'
            ? CandidateNumbers
            : Shape extends 'record'
              ? CandidateRecords<FieldsOf<K>>
              : CandidateValues<T>
        >
      : K extends DataKey<string, unknown, 'request', 'value', boolean>
        ? { of(cycle: Cycle): ValueOf<K> }
        : never;

/** Endpoint data that a plugin may write at any time. Writing to an endpoint that is gone does nothing. */
export interface EndpointWriter<K> {
  set(endpoint: Endpoint, value: WrittenValueOf<K>): void;
  /** Adds to the fields of a record, never below zero. */
  add(endpoint: Endpoint, amounts: Partial<RecordOf<FieldsOf<K>>>): void;
  clear(endpoint: Endpoint): void;
}

/** Where a request fetcher puts one candidate key, row by row, without an object per endpoint. */
export interface CandidateWriter<K> {
  readonly fields: { readonly [F in FieldsOf<K>]: Float64Array };
  /** Says that the row's fields are filled in. */
  mark(row: number): void;
}

import type { Endpoint, NumberColumn } from '@pointsman/core';

/** Writes an endpoint's number and tells whether it is another than before. */
export type NumberField = (endpoint: Endpoint, value: number) => boolean;

/** A field over its column, to compare with, and its writer. */
export function numberField(
  column: NumberColumn,
  writer: { set(endpoint: Endpoint, value: number): void },
): NumberField {
  return (endpoint, value) => {
    const same = Object.is(column.values[endpoint.row], value);
    writer.set(endpoint, value);
    return !same;
  };
}

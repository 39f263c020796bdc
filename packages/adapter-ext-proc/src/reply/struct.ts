import type { Struct, Value } from '../wire/messages.ts';

/** What can be told to the proxy. */
export type Tellable = string | number | boolean | { readonly [name: string]: Tellable };

/** Metadata on the wire. */
export function toStruct(values: { readonly [name: string]: Tellable }): Struct {
  const fields: Record<string, Value> = {};
  for (const name in values) fields[name] = toValue(values[name]!);
  return { fields };
}

function toValue(value: Tellable): Value {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'number':
      return { numberValue: value };
    case 'boolean':
      return { boolValue: value };
    default:
      return { structValue: toStruct(value) };
  }
}

import { invalidField, type RequestKind } from '../request/request-kind.ts';
import { isJsonObject, type JsonObject } from './json-object.ts';

/** The model that a body names; anything but a non-empty string counts as none. */
export function modelOf(json: JsonObject): string | undefined {
  return typeof json.model === 'string' && json.model !== '' ? json.model : undefined;
}

/** The first of `values` that is an integer >= 0. Anything else is the model server's to refuse. */
export function tokenLimit(...values: readonly unknown[]): number | undefined {
  for (const value of values) {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  }
  return undefined;
}

/**
 * A cache salt: `param` of `json`, if it is a non-empty string.
 * @throws ApiError for any type but string: to ignore it would share a cache that the client wants separate
 */
export function saltOf(json: JsonObject, param: string, kind: RequestKind): string | undefined {
  const value = json[param];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw invalidField(kind, param, 'a string', value);
  return value;
}

/** `stream_options.include_usage`, if it is a boolean. */
export function includeUsageOf(json: JsonObject): boolean | undefined {
  const options = json.stream_options;
  if (!isJsonObject(options)) return undefined;
  return typeof options.include_usage === 'boolean' ? options.include_usage : undefined;
}

/** A list that may be left out: undefined for a missing field or null. */
export function optionalList(json: JsonObject, param: string, kind: RequestKind): readonly unknown[] | undefined {
  const value = json[param];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw invalidField(kind, param, 'an array', value);
  return value;
}

/** A list with at least one entry, each an object. */
export function objectList(json: JsonObject, param: string, kind: RequestKind): readonly JsonObject[] {
  const value = json[param];
  if (!Array.isArray(value) || value.length === 0) {
    throw invalidField(kind, param, 'an array with at least one entry', value);
  }
  for (let i = 0; i < value.length; i++) {
    if (!isJsonObject(value[i])) throw invalidField(kind, `${param}[${i}]`, 'an object', value[i]);
  }
  return value;
}

/** Whether `value` is a string or left out (missing or null). */
export function isOptionalString(value: unknown): value is string | null | undefined {
  return value === undefined || value === null || typeof value === 'string';
}

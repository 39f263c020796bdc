import { ApiError } from '../errors/api-error.ts';
import type { InferenceApi } from '../inference-api.ts';

/** How a request of one API is named when it is refused. */
export interface RequestKind {
  readonly api: InferenceApi;
  /** Begins every message about a field. */
  readonly prefix: string;
  /** What llm-d's endpoint picker says about any field of such a request. */
  readonly summary: string;
  /** What it says, before the reason, about a body that is not a JSON object. */
  readonly notJson: string;
}

/** The error for a field that does not hold what it must. `expected` completes "must be". */
export function invalidField(kind: RequestKind, param: string, expected: string, value: unknown): ApiError {
  return new ApiError({
    code: 'invalid_request',
    message: `${kind.prefix}: ${param} must be ${expected}, ${describe(value)}`,
    summary: kind.summary,
    param,
    api: kind.api,
  });
}

function describe(value: unknown): string {
  if (value === undefined) return 'but it is missing';
  if (value === null) return 'not null';
  if (Array.isArray(value)) return value.length === 0 ? 'not an empty array' : 'not an array';
  switch (typeof value) {
    case 'string':
      return value === '' ? 'not an empty string' : 'not a string';
    case 'number':
      return `not ${value}`;
    case 'boolean':
      return `not ${value}`;
    default:
      return 'not an object';
  }
}

import type { InferenceApi } from '../inference-api.ts';

/** An error that a client shall see. */
export interface ErrorBodyInput {
  /** HTTP status, 400 .. 599. Official clients choose their error class by it. */
  readonly status: number;
  readonly message: string;
  /** A word that programs can compare; Anthropic's shape has no place for it. */
  readonly code: string;
  /** Overrides the type that belongs to the status. */
  readonly type?: string | undefined;
  /** The field that is wrong. */
  readonly param?: string | undefined;
}

/** An error as OpenAI's API spells it; vLLM and SGLang do the same. */
export interface OpenAiErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string;
  };
}

/** An error as Anthropic's API spells it. */
export interface AnthropicErrorBody {
  readonly type: 'error';
  readonly error: { readonly type: string; readonly message: string };
}

/** The JSON body of an error response in the dialect of the API that was called; OpenAI's if that is not known. */
export function errorBody(
  api: InferenceApi | undefined,
  { status, message, code, type, param }: ErrorBodyInput,
): OpenAiErrorBody | AnthropicErrorBody {
  if (api?.startsWith('anthropic.')) {
    return { type: 'error', error: { type: type ?? anthropicType(status), message } };
  }
  return { error: { message, type: type ?? openaiType(status), param: param ?? null, code } };
}

const openaiTypes: ReadonlyMap<number, string> = new Map([
  [401, 'authentication_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [408, 'timeout_error'],
  [429, 'rate_limit_error'],
  [503, 'service_unavailable_error'],
  [504, 'timeout_error'],
]);

function openaiType(status: number): string {
  return openaiTypes.get(status) ?? (status >= 500 ? 'server_error' : 'invalid_request_error');
}

const anthropicTypes: ReadonlyMap<number, string> = new Map([
  [401, 'authentication_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [408, 'timeout_error'],
  [413, 'request_too_large'],
  [429, 'rate_limit_error'],
  [503, 'overloaded_error'],
  [504, 'timeout_error'],
  [529, 'overloaded_error'],
]);

function anthropicType(status: number): string {
  return anthropicTypes.get(status) ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
}

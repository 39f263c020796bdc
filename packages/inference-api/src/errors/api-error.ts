import type { InferenceApi } from '../inference-api.ts';

/**
 * What is wrong with a request:
 * - `invalid_json`: the body is not JSON, or not a JSON object
 * - `invalid_encoding`: the body is not UTF-8
 * - `invalid_grpc`: the body is not one uncompressed gRPC message, or the message is broken
 * - `invalid_request`: a field is missing, or has the wrong type
 * - `unsupported_path`: no enabled parser takes the path
 * - `unsupported_media_type`: the body is compressed (`content-encoding`)
 */
export type ApiErrorCode =
  | 'invalid_json'
  | 'invalid_encoding'
  | 'invalid_grpc'
  | 'invalid_request'
  | 'unsupported_path'
  | 'unsupported_media_type';

/** What an `ApiError` is made of. */
export interface ApiErrorOptions {
  readonly code: ApiErrorCode;
  /** Says what is wrong and where. */
  readonly message: string;
  readonly summary?: string;
  readonly param?: string | undefined;
  readonly api?: InferenceApi | undefined;
  readonly cause?: unknown;
}

// In the global registry, so that `is` holds across two installed copies of this package.
const marker = Symbol.for('@pointsman/inference-api/ApiError');

/** A request that cannot be understood. It is the client's fault: `httpStatus` is 400 or 415. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;
  readonly httpStatus: number;
  /** The same failure in the words of llm-d's endpoint picker, for clients that match on its texts. */
  readonly summary: string;
  /** The JSON field that is wrong, such as `messages[2].content`. */
  readonly param: string | undefined;
  /** The API the path belongs to, so that the answer can be given in its dialect (`errorBody`). */
  readonly api: InferenceApi | undefined;

  constructor({ code, message, summary = message, param, api, cause }: ApiErrorOptions) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.httpStatus = code === 'unsupported_media_type' ? 415 : 400;
    this.summary = summary;
    this.param = param;
    this.api = api;
    Object.defineProperty(this, marker, { value: true });
  }

  /** Whether `value` is an `ApiError`, of this or of another installed copy of the package. */
  static is(value: unknown): value is ApiError {
    return typeof value === 'object' && value !== null && (value as { [marker]?: unknown })[marker] === true;
  }
}

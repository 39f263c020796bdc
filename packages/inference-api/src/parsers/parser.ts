import type { RequestHeaders } from '../headers/request-headers.ts';
import type { InferenceApi } from '../inference-api.ts';
import type { ParsedRequest } from '../request/parsed-request.ts';

/** A request as it came. */
export interface ParserInput {
  /** Path without query string. */
  readonly path: string;
  readonly headers: RequestHeaders;
  /** The whole body, decompressed. */
  readonly body: Uint8Array;
}

/** Understands the requests of one dialect. Parsers hold no state. */
export interface Parser {
  /** Its name in configuration, such as `openai-parser`. */
  readonly type: string;
  /** Path endings it claims, without a leading slash; none makes it the catch-all. */
  readonly paths: readonly string[];
  /** The API behind a path that it claims; undefined if there is none after all. */
  apiOf(path: string): InferenceApi | undefined;
  /**
   * Reads a request.
   * @throws ApiError if the request is not one of this dialect
   */
  parse(input: ParserInput): ParsedRequest;
}

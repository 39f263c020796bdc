import { ApiError } from '../errors/api-error.ts';
import type { RequestHeaders } from '../headers/request-headers.ts';
import { defaultParsers } from '../parsers/default-parsers.ts';
import type { Parser } from '../parsers/parser.ts';
import { resolveParser } from '../parsers/resolve-parser.ts';
import type { ParsedRequest } from './parsed-request.ts';
import { withoutQuery } from './request-path.ts';

/** What `parseRequest` takes. */
export interface ParseRequestInput {
  /** Path of the request; a query string is ignored. */
  readonly path: string;
  readonly headers?: RequestHeaders;
  /** The whole body. It is neither changed nor copied. */
  readonly body: Uint8Array;
  /** Enabled parsers, in order; `defaultParsers` unless given. */
  readonly parsers?: readonly Parser[];
}

const noHeaders: RequestHeaders = {};

/**
 * Reads a request with the parser that its path selects.
 * @throws ApiError if no parser takes the path, or the body is not what the API asks for
 */
export function parseRequest({
  path,
  headers = noHeaders,
  body,
  parsers = defaultParsers,
}: ParseRequestInput): ParsedRequest {
  const plainPath = withoutQuery(path);
  const parser = resolveParser(parsers, plainPath);
  if (!parser) {
    throw new ApiError({
      code: 'unsupported_path',
      message: `no parser registered matching path suffix for: ${plainPath}`,
    });
  }
  return parser.parse({ path: plainPath, headers, body });
}

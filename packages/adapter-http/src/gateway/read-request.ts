import type { IncomingMessage } from 'node:http';
import {
  type InferenceApi,
  type ParsedRequest,
  type Parser,
  parseRequest,
  resolveParser,
} from '@pointsman/inference-api';

/**
 * Reads what a request asks for. Only a POST can be inference; all other methods pass unread, as do paths that no parser
 * claims.
 * @throws ApiError
 */
export function readRequest(
  request: IncomingMessage,
  path: string,
  body: Uint8Array,
  parsers: readonly Parser[],
): ParsedRequest {
  if (request.method !== 'POST' || resolveParser(parsers, path) === undefined) {
    return {
      api: 'raw',
      parser: '',
      stream: false,
      content: { kind: 'raw' },
      json: undefined,
      body,
      supportsModelRewrite: false,
    };
  }
  return parseRequest({ path, headers: request.headers, body, parsers });
}

/** The API whose dialect an error must have when the request itself was not read. */
export function apiOf(path: string, parsers: readonly Parser[]): InferenceApi | undefined {
  return resolveParser(parsers, path)?.apiOf(path);
}

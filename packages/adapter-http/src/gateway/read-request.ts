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

const SCHEME_AND_AUTHORITY = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i;

/**
 * What a client calls, in origin form: `/v1/models?limit=5`. A proxy's client may send `http://host/v1/models`. Path and query
 * keep their bytes.
 */
export function originForm(url: string | undefined): string {
  if (url === undefined || url === '' || url.charCodeAt(0) === 0x2f) return url || '/';
  const from = SCHEME_AND_AUTHORITY.exec(url)?.[0].length;
  if (from === undefined) return url;
  return url.charCodeAt(from) === 0x2f ? url.slice(from) : `/${url.slice(from)}`;
}

/** A target without its query. */
export function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query === -1 ? target : target.slice(0, query);
}

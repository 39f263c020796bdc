import {
  ApiError,
  type InferenceApi,
  type ParsedRequest,
  type Parser,
  parseRequest,
  passthroughParser,
  requestPath,
  resolveParser,
} from '@pointsman/inference-api';
import type { ProxiedRequest } from '../stream/processor.ts';

/** A request as far as it was understood. */
export interface ReadRequest {
  readonly path: string;
  readonly parsed: ParsedRequest;
  /** The API whose responses have this shape; also known when the body is not. */
  readonly api: InferenceApi;
}

/**
 * Reads what a request asks for. Only a POST can be inference; all other methods, and bodies that are not there, pass
 * unread.
 * @throws ApiError
 */
export function readRequest(request: ProxiedRequest, parsers: readonly Parser[]): ReadRequest {
  const { headers, body, extent } = request;
  const path = requestPath(headers);
  const method = headers[':method'] ?? 'POST';
  const api = method === 'POST' ? (resolveParser(parsers, path)?.apiOf(path) ?? 'raw') : 'raw';
  if (method !== 'POST' || extent === 'none' || extent === 'unread') {
    return { path, api, parsed: passthroughParser.parse({ path, headers, body }) };
  }
  const read = (bytes: Uint8Array) => parseRequest({ path, headers, body: bytes, parsers });
  try {
    return { path, api, parsed: read(body) };
  } catch (error) {
    if (!ApiError.is(error)) throw error;
    // What is no UTF-8 is the model server's to judge: it is read as far as it can be, and sent as it came.
    if (error.code === 'invalid_encoding') return { path, api, parsed: { ...read(readable(body)), body } };
    // The proxy's buffer was full: the model server gets all of it.
    const isCut = extent === 'perhaps-cut' && (error.code === 'invalid_json' || error.code === 'invalid_grpc');
    if (!isCut) throw error;
    return { path, api, parsed: passthroughParser.parse({ path, headers, body }) };
  }
}

function readable(body: Uint8Array): Uint8Array {
  return Buffer.from(new TextDecoder().decode(body));
}

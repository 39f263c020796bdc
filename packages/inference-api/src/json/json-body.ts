import { isAscii } from 'node:buffer';
import { ApiError, type ApiErrorCode } from '../errors/api-error.ts';
import type { RequestHeaders } from '../headers/request-headers.ts';
import type { RequestKind } from '../request/request-kind.ts';
import type { JsonObject } from './json-object.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The body as a JSON object, parsed once. `null` reads as an object without fields, so that the complaint is about
 * the field that is missing.
 * @throws ApiError invalid_json, invalid_encoding, or unsupported_media_type for a compressed body
 */
export function parseJsonObject(body: Uint8Array, headers: RequestHeaders, kind: RequestKind): JsonObject {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && !/^(identity)?$/i.test(String(encoding))) {
    throw failure(kind, 'unsupported_media_type', `content-encoding ${String(encoding)} is not supported`);
  }
  const value = parseJson(decode(body, kind), kind);
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw failure(kind, 'invalid_json', 'the body must be a JSON object');
  }
  return value as JsonObject;
}

function decode(body: Uint8Array, kind: RequestKind): string {
  try {
    // By far the fastest way where it is right, which it mostly is.
    if (isAscii(body)) return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
    return decoder.decode(body);
  } catch (cause) {
    throw failure(kind, 'invalid_encoding', 'the body is not UTF-8', cause);
  }
}

function parseJson(text: string, kind: RequestKind): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw failure(kind, 'invalid_json', reason(cause));
  }
}

/** The engine's reason without the excerpt that it quotes: prompts do not belong into logs. */
function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : '';
  const excerpt = text.search(/, (\.\.\.)?"/);
  return excerpt === -1 ? text : text.slice(0, excerpt);
}

function failure(kind: RequestKind, code: ApiErrorCode, why: string, cause?: unknown): ApiError {
  return new ApiError({ code, message: `${kind.notJson}: ${why}`, api: kind.api, cause });
}

import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AdminError } from './admin-error.ts';
import { jsonText } from './json-text.ts';

/** What a route answers. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whole, or in pieces that are made while they are sent. */
  readonly body: string | AsyncIterable<string>;
}

/** No page may frame, sniff, embed or remember what is answered here. */
const SAFE_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const;

/** For everything but the page: nothing in it is to be run or loaded. */
const NO_CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox";

export function jsonReply(value: unknown, status = 200): Reply {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: jsonText(value) };
}

export function textReply(body: string, contentType: string): Reply {
  return { headers: { 'content-type': contentType }, body };
}

export function errorReply(error: AdminError): Reply {
  const { status, code, message, headers, details } = error;
  const reply = jsonReply({ error: { code, message, ...details } }, status);
  return { ...reply, headers: { ...reply.headers, ...headers } };
}

export function send(response: ServerResponse, { status = 200, headers, body }: Reply, isHead: boolean): void {
  if (response.headersSent || response.destroyed) return;
  if (typeof body === 'string') {
    const bytes = Buffer.from(body);
    writeHead(response, status, { ...headers, 'content-length': String(bytes.length) });
    response.end(isHead ? undefined : bytes);
    return;
  }
  writeHead(response, status, headers ?? {});
  if (isHead) response.end();
  // Who does not read, or leaves, lets no more pieces be made. What fails on the way breaks off.
  else pipeline(Readable.from(body), response).catch(() => response.destroy());
}

export function writeHead(response: ServerResponse, status: number, headers: Readonly<Record<string, string>>): void {
  response.writeHead(status, { ...SAFE_HEADERS, 'content-security-policy': NO_CONTENT_POLICY, ...headers });
}

/** The answer to whatever a route threw. */
export function errorOf(thrown: unknown): AdminError {
  if (thrown instanceof AdminError) return thrown;
  return new AdminError(500, 'internal_error', thrown instanceof Error ? thrown.message : String(thrown));
}

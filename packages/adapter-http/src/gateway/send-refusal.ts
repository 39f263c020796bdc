import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorBody, type InferenceApi } from '@pointsman/inference-api';
import { ClientConnection } from './client-connection.ts';
import { GATEWAY_HEADERS, headerValue } from './gateway-headers.ts';
import type { Refusal } from './refusal.ts';
import { hasBody } from './request-body.ts';

/** How long the rest of an unwanted body is read and thrown away. */
const LINGER_MS = 2_000;

/** What is known of a refused request. */
export interface RefusedRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly api: InferenceApi | undefined;
  readonly requestId?: string | undefined;
  readonly decisionId?: string | undefined;
  /** Whether the connection ends with this answer. */
  readonly isLast?: boolean;
}

/** Answers with an error in the dialect of the API that was called. */
export function sendRefusal(refusal: Refusal, refused: RefusedRequest): void {
  const { request, response, api, requestId, decisionId } = refused;
  if (response.headersSent || response.destroyed) return;
  const body = Buffer.from(JSON.stringify(errorBody(api, refusal)));
  const headers: Record<string, string | number> = {
    'content-type': 'application/json',
    'content-length': body.length,
  };
  if (requestId !== undefined) headers[GATEWAY_HEADERS.requestId] = requestId;
  if (decisionId !== undefined) headers[GATEWAY_HEADERS.decision] = headerValue(decisionId);
  if (refusal.reason !== undefined) headers[GATEWAY_HEADERS.reason] = headerValue(refusal.reason);
  if (refusal.retryAfterMs !== undefined) {
    headers['retry-after'] = Math.max(1, Math.ceil(refusal.retryAfterMs / 1000));
    // Finer than seconds; the official clients look at it first.
    headers['retry-after-ms'] = Math.max(0, Math.round(refusal.retryAfterMs));
  }
  const isUnread = hasBody(request) && !request.complete;
  if (isUnread || refused.isLast === true) headers.connection = 'close';
  // Left from an answer that could not be sent.
  response.statusMessage = '';
  response.writeHead(refusal.status, headers);
  if (isUnread) endAfterBody(request, response, body);
  else response.end(body);
}

/**
 * Reads on for a while before it closes: a connection that is closed with unread data is reset, and the client would
 * lose the answer. The client has the whole answer at once.
 */
function endAfterBody(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  ClientConnection.of(request.socket).hasLastAnswer = true;
  response.write(body);
  const end = () => {
    clearTimeout(timer);
    request.off('end', end).off('close', end);
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS).unref();
  request.on('end', end).on('close', end).resume();
}

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { ClientConnection } from './client-connection.ts';
import { hasBody } from './request-body.ts';

/** How long the rest of an unwanted body is read and thrown away. */
const LINGER_MS = 2_000;

/** What a client is told in place of a model server's answer. */
export interface LocalAnswer {
  readonly status: number;
  readonly headers?: OutgoingHttpHeaders;
  /** A value for JSON. */
  readonly body: object;
  /** Whether the connection ends with this answer. It always does when the request's body was not read to its end. */
  readonly isLast?: boolean | undefined;
}

/** Answers a request that is not forwarded, or that nobody answered, unless an answer has begun. */
export function refuse(request: IncomingMessage, response: ServerResponse, answer: LocalAnswer): void {
  if (response.headersSent || response.destroyed) return;
  const body = Buffer.from(JSON.stringify(answer.body));
  const headers: OutgoingHttpHeaders = {
    'content-type': 'application/json',
    'content-length': body.length,
    ...answer.headers,
  };
  const isUnread = hasBody(request) && !request.complete;
  if (isUnread || answer.isLast === true) headers.connection = 'close';
  // Left from an answer that could not be sent.
  response.statusMessage = '';
  response.writeHead(answer.status, headers);
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

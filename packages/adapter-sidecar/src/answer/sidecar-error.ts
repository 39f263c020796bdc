import type { ServerResponse } from 'node:http';

const TYPES: Readonly<Record<number, string>> = {
  400: 'BadRequestError',
  403: 'PermissionDeniedError',
  413: 'BadRequestError',
  415: 'BadRequestError',
  502: 'BadGateway',
  503: 'ServiceUnavailable',
  504: 'GatewayTimeout',
};

/** How long the rest of an unwanted body is read and thrown away. */
const LINGER_MS = 2_000;

/** What a client is told when the sidecar itself cannot go on. */
export class SidecarError extends Error {
  override readonly name = 'SidecarError';
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** Answers with an error as vLLM writes it, unless an answer has begun. */
export function sendError(response: ServerResponse, { status, message }: SidecarError): void {
  if (response.headersSent || response.destroyed) return;
  const type = TYPES[status] ?? 'InternalServerError';
  const body = JSON.stringify({ object: 'error', message, type, param: null, code: status });
  const isUnread = !response.req.complete;
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(isUnread && { connection: 'close' }),
  });
  if (isUnread) endAfterBody(response, body);
  else response.end(body);
}

/**
 * Reads on for a while before it closes: a connection that is closed with unread data is reset, and the client would lose the
 * answer. The client has the whole answer at once.
 */
function endAfterBody(response: ServerResponse, body: string): void {
  const { req: request } = response;
  response.write(body);
  const end = () => {
    clearTimeout(timer);
    request.off('end', end).off('close', end);
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS).unref();
  request.on('end', end).on('close', end).resume();
}

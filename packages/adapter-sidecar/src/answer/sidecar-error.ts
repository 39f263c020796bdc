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
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    // The rest of a request that was not read is not waited for.
    ...(!response.req.complete && { connection: 'close' }),
  });
  response.end(body);
}

import type { ServerResponse } from 'node:http';
import { refuse } from '@pointsman/http-relay';

const TYPES: Readonly<Record<number, string>> = {
  400: 'BadRequestError',
  403: 'PermissionDeniedError',
  408: 'BadRequestError',
  413: 'BadRequestError',
  415: 'BadRequestError',
  431: 'BadRequestError',
  501: 'NotImplementedError',
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

/** An error as vLLM writes it, as a value for JSON. */
export function vllmError({ status, message }: { readonly status: number; readonly message: string }): object {
  return { object: 'error', message, type: TYPES[status] ?? 'InternalServerError', param: null, code: status };
}

/** Answers with an error, unless an answer has begun. */
export function sendError(response: ServerResponse, error: SidecarError): void {
  refuse(response.req, response, { status: error.status, body: vllmError(error) });
}

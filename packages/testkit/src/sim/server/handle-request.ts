import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from './api-error.ts';
import { injectFailure } from './failures.ts';
import { FAULT_HEADER } from './fault-switch.ts';
import { readJson } from './read-body.ts';
import { ROUTES, type Route } from './routes.ts';
import { sendJson, sendText } from './send.ts';
import type { SimContext } from './sim-context.ts';

const BYTES_PER_MB = 1024 * 1024;
const POD_HEADERS = ['x-inference-pod', 'x-inference-namespace', 'x-inference-port'];

/** Finds the route of a request and answers it, with an error if need be. Never rejects. */
export async function handleRequest(
  request: IncomingMessage,
  response: ServerResponse,
  context: SimContext,
): Promise<void> {
  const path = (request.url ?? '/').split('?', 1)[0]!;
  const methods = ROUTES.get(path);
  if (!methods) {
    sendText(response, 404, 'Not Found');
    return;
  }
  const route = methods.get(request.method ?? '');
  if (!route) {
    response.setHeader('allow', [...methods.keys(), 'OPTIONS'].join(', '));
    if (request.method === 'OPTIONS') response.writeHead(200).end();
    else sendText(response, 405, 'Method Not Allowed');
    return;
  }
  try {
    await run(route, request, response, context);
  } catch (error) {
    fail(error, response);
  }
}

async function run(
  route: Route,
  request: IncomingMessage,
  response: ServerResponse,
  context: SimContext,
): Promise<void> {
  const hasBody = request.method === 'POST';
  if (route.kind === 'plain') {
    const body = hasBody ? await readOptionalJson(request, context) : undefined;
    route.handle({ body, request, response, context });
    return;
  }
  const header = request.headers[FAULT_HEADER];
  const faults = context.faults.ofRequest(typeof header === 'string' ? header : undefined);
  const body = await readJson(request, context.options.maxRequestBodySizeMb * BYTES_PER_MB);
  if (faults.hangs) return;
  if (faults.error !== undefined) throw new ApiError(faults.error, 'Simulated error: a fault was asked for');
  injectFailure(request.headers, context);
  const id = requestId(request, response, context);
  namePod(request, response, context);
  // The client may be gone by now.
  if (response.destroyed) return;
  route.handle({ body, headers: request.headers, faults, id, response, context });
}

function readOptionalJson(request: IncomingMessage, context: SimContext): Promise<unknown> {
  if (request.headers['content-length'] === '0' || !hasBodyHeader(request)) return Promise.resolve(undefined);
  return readJson(request, context.options.maxRequestBodySizeMb * BYTES_PER_MB);
}

function hasBodyHeader({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}

function requestId(request: IncomingMessage, response: ServerResponse, { options }: SimContext): string {
  if (!options.enableRequestIdHeaders) return randomUUID();
  const given = request.headers['x-request-id'];
  const id = typeof given === 'string' && given !== '' ? given : randomUUID();
  response.setHeader('x-request-id', id);
  return id;
}

function namePod(request: IncomingMessage, response: ServerResponse, { options }: SimContext): void {
  const { podName, podNamespace } = options;
  if (podNamespace !== '') response.setHeader('x-inference-namespace', podNamespace);
  if (podName === '') return;
  response.setHeader('x-inference-pod', podName);
  response.setHeader('x-inference-port', String(request.socket.localPort));
}

function fail(error: unknown, response: ServerResponse): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  // Errors carry none of them.
  for (const name of ['x-request-id', ...POD_HEADERS]) response.removeHeader(name);
  if (error instanceof ApiError) {
    // The rest of a body that is too long is not read.
    if (error.status === 413) response.setHeader('connection', 'close');
    sendJson(response, error.status, error);
    return;
  }
  sendJson(response, 500, new ApiError(500, error instanceof Error ? error.message : String(error)));
}

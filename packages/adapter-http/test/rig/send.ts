import { once } from 'node:events';
import { type ClientRequest, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';

export interface Sent {
  readonly method?: string;
  readonly path?: string;
  /** By name, or as a flat list that is sent as it is. */
  readonly headers?: Record<string, string> | readonly string[];
  readonly body?: string | Uint8Array | undefined;
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  readonly trailers: NodeJS.Dict<string>;
}

export const CHAT = '/v1/chat/completions';
export const MESSAGES = '/v1/messages';

/** The body of a chat request. */
export function chat(more: Record<string, unknown> = {}): string {
  return JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hello' }], ...more });
}

/** Begins a request on a connection of its own. */
export function open(url: string, { method = 'POST', path = CHAT, headers = {}, body }: Sent = {}) {
  const target = new URL(url);
  const request = httpRequest({
    host: target.hostname,
    port: target.port,
    method,
    path,
    headers: headers as Record<string, string>,
    agent: false,
  });
  const response = once(request, 'response').then(([message]) => message as IncomingMessage);
  // Whoever wants to know of a failure awaits the response.
  response.catch(() => {});
  request.on('error', () => {});
  if (body !== undefined || method !== 'POST') request.end(body);
  return { request: request as ClientRequest, response };
}

/** Sends a request and reads the whole answer. @throws when it breaks off */
export async function send(url: string, sent: Sent = {}): Promise<Answered> {
  const { response } = open(url, { ...sent, body: sent.body ?? (sent.method === undefined ? chat() : undefined) });
  return answered(await response);
}

/** Reads the rest of an answer. @throws when it breaks off */
export async function answered(message: IncomingMessage): Promise<Answered> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return {
    status: message.statusCode ?? 0,
    headers: message.headers,
    body,
    text: body.toString(),
    trailers: message.trailers,
  };
}

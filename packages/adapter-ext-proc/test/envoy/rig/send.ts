import { once } from 'node:events';
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { connect, type IncomingHttpHeaders as Http2Headers } from 'node:http2';

export interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Uint8Array | string;
  /** Over HTTP/1.1: does not say how long the body is. */
  readonly isChunked?: boolean;
}

export interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly trailers: Readonly<Record<string, string | undefined>>;
}

const CHAT = '/v1/chat/completions';

/** Sends one request over HTTP/1.1 on a connection of its own. */
export async function send(origin: string, sent: Sent): Promise<Received> {
  const { method = 'POST', path = CHAT, headers = {}, body, isChunked = false } = sent;
  const framing = isChunked ? { 'transfer-encoding': 'chunked' } : typed(body);
  const outgoing = request(new URL(path, origin), { method, agent: false, headers: { ...framing, ...headers } });
  outgoing.end(body);
  const [incoming] = await once(outgoing, 'response');
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part);
  return {
    status: incoming.statusCode,
    headers: incoming.headers,
    rawHeaders: incoming.rawHeaders,
    body: Buffer.concat(parts),
    trailers: incoming.trailers,
  };
}

/** Sends one request over HTTP/2 without TLS. @param trailers follow the body */
export async function sendHttp2(
  origin: string,
  { method = 'POST', path = CHAT, headers = {}, body }: Sent,
  trailers?: Readonly<Record<string, string>>,
): Promise<Received> {
  const session = connect(origin);
  try {
    const stream = session.request(
      { ':method': method, ':path': path, ...typed(body), ...headers },
      { waitForTrailers: trailers !== undefined, endStream: body === undefined && trailers === undefined },
    );
    if (trailers !== undefined) stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    if (!stream.writableEnded) stream.end(body);
    let received: Http2Headers = {};
    let ending: Http2Headers = {};
    stream.on('response', (heads) => {
      received = heads;
    });
    stream.on('trailers', (heads) => {
      ending = heads;
    });
    const parts: Buffer[] = [];
    for await (const part of stream) parts.push(part);
    return {
      status: Number(received[':status']),
      headers: received,
      rawHeaders: [],
      body: Buffer.concat(parts),
      trailers: ending as Record<string, string | undefined>,
    };
  } finally {
    session.close();
  }
}

function typed(body: Sent['body']): OutgoingHttpHeaders {
  return body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
}

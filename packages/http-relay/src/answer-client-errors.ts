import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { ClientConnection } from './client-connection.ts';

/** How long the rest of what a client sends is read and thrown away. */
const LINGER_MS = 2_000;

/** What is wrong with what a client sent. */
export interface ClientError {
  readonly status: number;
  /** A word for programs. */
  readonly code: string;
  /** A sentence for people. */
  readonly message: string;
}

const INVALID: ClientError & { readonly phrase: string } = {
  status: 400,
  phrase: 'Bad Request',
  code: 'invalid_http',
  message: 'the request is not valid HTTP/1.1, or it is not complete',
};

const REASONS: ReadonlyMap<string, typeof INVALID> = new Map([
  [
    'HPE_HEADER_OVERFLOW',
    {
      status: 431,
      phrase: 'Request Header Fields Too Large',
      code: 'headers_too_large',
      message: 'the headers of the request are too long',
    },
  ],
  [
    'HPE_CHUNK_EXTENSIONS_OVERFLOW',
    { status: 413, phrase: 'Payload Too Large', code: 'body_too_large', message: 'the chunk extensions are too long' },
  ],
  [
    'ERR_HTTP_REQUEST_TIMEOUT',
    { status: 408, phrase: 'Request Timeout', code: 'request_timeout', message: 'the request did not come in time' },
  ],
]);

/**
 * Has a server answer what is no HTTP request, or only the beginning of one, as an error of the API, and end the
 * connection. Node would send a bare status, and would cut off the last answer of a client that still sends.
 * @param bodyOf the error in the dialect of the API, as a value for JSON
 */
export function answerClientErrors(server: Server, bodyOf: (error: ClientError) => object): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => answer(error, socket, bodyOf));
}

function answer(error: NodeJS.ErrnoException, socket: Socket, bodyOf: (error: ClientError) => object): void {
  // Emitted again for every piece that still comes.
  if (socket.writableEnded) return;
  const connection = ClientConnection.of(socket);
  if (!socket.writable || error.code === 'ECONNRESET' || connection.isAnswering) {
    socket.destroy(error);
    return;
  }
  socket.end(connection.hasLastAnswer ? '' : message(error, bodyOf));
  // A connection that is closed with unread data is reset, and the client would lose the answer.
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => clearTimeout(timer));
}

function message(error: NodeJS.ErrnoException, bodyOf: (error: ClientError) => object): string {
  const { phrase, ...reason } = REASONS.get(error.code ?? '') ?? INVALID;
  const body = JSON.stringify(bodyOf(reason));
  const length = Buffer.byteLength(body);
  const headers = `Content-Type: application/json\r\nContent-Length: ${length}\r\nConnection: close\r\n`;
  return `HTTP/1.1 ${reason.status} ${phrase}\r\n${headers}\r\n${body}`;
}

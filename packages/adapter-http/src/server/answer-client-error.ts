import type { Socket } from 'node:net';
import { errorBody } from '@pointsman/inference-api';
import { ClientConnection } from '../gateway/client-connection.ts';

/** How long the rest of what a client sends is read and thrown away. */
const LINGER_MS = 2_000;

const REASONS: ReadonlyMap<string, readonly [status: number, phrase: string, code: string, message: string]> = new Map([
  [
    'HPE_HEADER_OVERFLOW',
    [431, 'Request Header Fields Too Large', 'headers_too_large', 'the headers of the request are too long'],
  ],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', [413, 'Payload Too Large', 'body_too_large', 'the chunk extensions are too long']],
  ['ERR_HTTP_REQUEST_TIMEOUT', [408, 'Request Timeout', 'request_timeout', 'the request did not come in time']],
]);

/**
 * Answers what is no HTTP request, or only the beginning of one, as an error of the API, and ends the connection. Node
 * would send a bare status. For the `clientError` event of a server.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  // Emitted again for every piece that still comes.
  if (socket.writableEnded) return;
  const connection = ClientConnection.of(socket);
  if (!socket.writable || error.code === 'ECONNRESET' || connection.isAnswering) {
    socket.destroy(error);
    return;
  }
  socket.end(connection.hasLastAnswer ? '' : answerTo(error));
  // A connection that is closed with unread data is reset, and the client would lose the answer.
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => clearTimeout(timer));
}

function answerTo(error: NodeJS.ErrnoException): string {
  const [status, phrase, code, message] = REASONS.get(error.code ?? '') ?? [
    400,
    'Bad Request',
    'invalid_http',
    'the request is not valid HTTP/1.1, or it is not complete',
  ];
  const body = JSON.stringify(errorBody(undefined, { status, code, message }));
  const length = Buffer.byteLength(body);
  const headers = `Content-Type: application/json\r\nContent-Length: ${length}\r\nConnection: close\r\n`;
  return `HTTP/1.1 ${status} ${phrase}\r\n${headers}\r\n${body}`;
}

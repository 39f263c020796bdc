import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { BodyPieces } from './body-pieces.ts';

const EMPTY = Buffer.alloc(0);

/** Whether a request says that a body follows. */
export function hasBody({ headers }: IncomingMessage): boolean {
  if (headers['transfer-encoding'] !== undefined) return true;
  const length = headers['content-length'];
  return length !== undefined && length !== '0';
}

/**
 * Whether the bytes of a body are those that were meant once the chunks are undone. HTTP parsers undo nothing else, and
 * `transfer-encoding` ends at this hop: nobody would know any more that something is left to undo.
 */
export function isOnlyChunked(headers: IncomingHttpHeaders): boolean {
  const coding = headers['transfer-encoding']?.toLowerCase();
  return coding === undefined || coding === 'chunked' || coding === 'identity';
}

/** Whether a request says that its body is longer than `limitBytes`. */
export function declaresTooMuch({ headers }: IncomingMessage, limitBytes: number): boolean {
  return Number(headers['content-length'] ?? 0) > limitBytes;
}

/**
 * Reads a body into one piece.
 * @param done gets the body, or undefined as soon as it is longer than `limitBytes`; never called when the client leaves
 */
export function readBody(request: IncomingMessage, limitBytes: number, done: (body: Buffer | undefined) => void): void {
  if (!hasBody(request)) {
    done(EMPTY);
    return;
  }
  if (declaresTooMuch(request, limitBytes)) {
    done(undefined);
    return;
  }
  const pieces = new BodyPieces();
  const onData = (chunk: Buffer) => {
    pieces.add(chunk);
    if (pieces.size <= limitBytes) return;
    stop();
    done(undefined);
  };
  const onEnd = () => {
    const body = pieces.join();
    stop();
    done(body);
  };
  /** The request lives as long as its answer; it must not hold the pieces for so long. */
  const stop = () => {
    pieces.clear();
    request.off('data', onData).off('end', onEnd);
  };
  request.on('data', onData).on('end', onEnd);
}

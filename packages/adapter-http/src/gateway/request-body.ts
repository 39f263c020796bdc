import type { IncomingMessage } from 'node:http';

const EMPTY = Buffer.alloc(0);

/** Whether a request says that a body follows. */
export function hasBody({ headers }: IncomingMessage): boolean {
  if (headers['transfer-encoding'] !== undefined) return true;
  const length = headers['content-length'];
  return length !== undefined && length !== '0';
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
  let chunks: Buffer[] = [];
  let size = 0;
  const onData = (chunk: Buffer) => {
    size += chunk.length;
    if (size <= limitBytes) {
      chunks.push(chunk);
      return;
    }
    stop();
    done(undefined);
  };
  const onEnd = () => {
    const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, size);
    stop();
    done(body);
  };
  /** The request lives as long as its answer; it must not hold the pieces for so long. */
  const stop = () => {
    chunks = [];
    request.off('data', onData).off('end', onEnd);
  };
  request.on('data', onData).on('end', onEnd);
}

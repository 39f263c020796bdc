import { Readable } from 'node:stream';

/** Below this, bytes cost least as they are. */
const STREAMED_FROM_BYTES = 16 * 1024;

/**
 * A body as undici takes it for one attempt. What it is given it keeps until the answer has ended, which for a stream can be
 * minutes; a stream has nothing left in it once it is sent. So that is what large bodies are.
 */
export function upstreamBody(bytes: Uint8Array | undefined): Uint8Array | Readable | null {
  if (bytes === undefined) return null;
  if (bytes.length < STREAMED_FROM_BYTES) return bytes;
  const stream = new Readable({ read() {} });
  stream.push(bytes);
  stream.push(null);
  return stream;
}

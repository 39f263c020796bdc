import type { IncomingMessage } from 'node:http';

/** A body that is longer than the limit. */
export class BodyTooLong extends Error {
  override readonly name = 'BodyTooLong';
}

/** Reads a body into one piece. @throws BodyTooLong, or what ends the request before its body */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw new BodyTooLong();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += (chunk as Buffer).length;
    if (size > limitBytes) throw new BodyTooLong();
    chunks.push(chunk as Buffer);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size);
}

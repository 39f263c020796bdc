import type { BodyMutation } from '../wire/messages.ts';

/** Bytes of body in one reply: Envoy takes no more than 64 KiB. */
const CHUNK_BYTES = 62_000;

/**
 * A body as Envoy takes it back in full-duplex mode.
 * @param isEnd whether the last piece ends the body; an empty body is one empty piece then, and none otherwise
 */
export function bodyChunks(body: Uint8Array, isEnd: boolean): BodyMutation[] {
  const chunks: BodyMutation[] = [];
  for (let at = 0; at < body.length; at += CHUNK_BYTES) {
    const end = Math.min(at + CHUNK_BYTES, body.length);
    chunks.push({
      streamedResponse: { body: body.subarray(at, end), endOfStream: isEnd && end === body.length },
    });
  }
  if (isEnd && body.length === 0) chunks.push({ streamedResponse: { body, endOfStream: true } });
  return chunks;
}

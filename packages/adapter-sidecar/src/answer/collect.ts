import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { SidecarError } from './sidecar-error.ts';

/** An answer that came whole. */
export interface Collected {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** @throws SidecarError 502 for an answer of more than `limitBytes`, or what the connection fails with */
export async function collect(answer: Dispatcher.ResponseData, limitBytes: number): Promise<Collected> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer.body) {
    size += (chunk as Buffer).length;
    // Leaving the loop ends the request.
    if (size > limitBytes)
      throw new SidecarError(502, `the answer of a model server is longer than ${limitBytes} bytes`);
    chunks.push(chunk as Buffer);
  }
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks, size) };
}

/** Reads an answer to its end, and forgets it. */
export async function discard(answer: Dispatcher.ResponseData): Promise<void> {
  for await (const _ of answer.body) {
    // Not wanted.
  }
}

import type { IncomingHttpHeaders } from 'node:http';
import { BodyPieces } from '@pointsman/http-relay';
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
  const pieces = new BodyPieces();
  for await (const chunk of answer.body) {
    pieces.add(chunk as Buffer);
    // Leaving the loop ends the request.
    if (pieces.size > limitBytes)
      throw new SidecarError(502, `the answer of a model server is longer than ${limitBytes} bytes`);
  }
  return { status: answer.statusCode, headers: answer.headers, body: pieces.join() };
}

/** Reads an answer to its end, and forgets it. */
export async function discard(answer: Dispatcher.ResponseData): Promise<void> {
  for await (const _ of answer.body) {
    // Not wanted.
  }
}

import type { IncomingHttpHeaders } from 'node:http';

/** Changes the body of an answer while it passes. */
export interface AnswerEdit {
  /** What can go on to the client of what has come so far; may be empty. */
  push(chunk: Buffer): Buffer;
  /** The rest. */
  end(): Buffer;
}

/** Decides by the head of an answer whether its body is edited. */
export type AnswerEditor = (status: number, headers: IncomingHttpHeaders) => AnswerEdit | undefined;

/** What clients ask for. */
export interface Load {
  /** Of the prompt alone. */
  readonly promptBytes: number;
  /** Of every answer. */
  readonly tokens: number;
  readonly stream: boolean;
  /** Between two tokens of a stream. 0: each is a chunk of its own, written as soon as the one before it is. */
  readonly gapMs: number;
  /** Clients, each with a connection of its own and one request at a time. */
  readonly concurrency: number;
}

/** Header by which a request tells the model server its answer, and how long its own body is. */
export const ANSWER_HEADER = 'x-answer';

/** How long a paced answer takes; 0 when it is not paced. */
export function answerMs({ tokens, stream, gapMs }: Load): number {
  return stream ? tokens * gapMs : 0;
}

import type { AnswerBody } from './answer-body.ts';

/** A whole answer. */
export interface Answer {
  /** 200..999, never an interim one. */
  readonly status: number;
  /** The value of Content-Encoding; undefined without. */
  readonly encoding: string | undefined;
  /** The value of Location; undefined without. */
  readonly location: string | undefined;
  /** As it came, still encoded. */
  readonly body: AnswerBody;
}

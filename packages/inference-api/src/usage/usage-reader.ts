import type { Usage } from './usage.ts';

/** Reads the usage out of a response that passes by. It never throws: a response is forwarded whatever it holds. */
export interface UsageReader {
  /** Takes the next bytes of the response body, decompressed; split anywhere. */
  push(chunk: Uint8Array): void;
  /** Takes the end of the response. */
  end(): void;
  /** What is known so far; of a response that is no stream, after `end` only. */
  readonly usage: Usage | undefined;
  /**
   * Events of a stream so far, a lower bound of its tokens where no usage is reported: lines that begin with `data: `
   * (space included), but `[DONE]`. 0 for Anthropic and SGLang, whose events are no tokens, and without a stream. For
   * `vllmgrpc.generate` the tokens themselves are counted.
   */
  readonly streamedEvents: number;
  /** Whether a place that should have held usage held something else, such as broken JSON. */
  readonly malformed: boolean;
}

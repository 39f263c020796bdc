import type { ProcessingResponse } from '../wire/messages.ts';

/** The way back to the proxy. After `end` or `fail` nothing more is sent. */
export interface StreamTransport {
  send(response: ProcessingResponse): void;
  /** All is said: the stream ends well. */
  end(): void;
  /** The stream cannot go on: the proxy does what it is configured to do without a picker. */
  fail(message: string): void;
}

import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { ScrapeError } from './scrape-error.ts';

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Collects one answer without a stream in between. */
export class ResponseCollector implements Dispatcher.DispatchHandler {
  readonly #maxBytes: number;
  readonly #done: (error: Error | undefined, answer: Answer | undefined) => void;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #first: Buffer | undefined;
  #more: Buffer[] | undefined;
  #bytes = 0;

  constructor(maxBytes: number, done: (error: Error | undefined, answer: Answer | undefined) => void) {
    this.#maxBytes = maxBytes;
    this.#done = done;
  }

  onRequestStart(): void {}

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) {
      controller.abort(new ScrapeError(`the answer is larger than ${this.#maxBytes} bytes`));
    } else if (this.#first === undefined) {
      this.#first = chunk;
    } else {
      this.#more ??= [this.#first];
      this.#more.push(chunk);
    }
  }

  onResponseEnd(): void {
    const body = this.#more === undefined ? (this.#first ?? Buffer.alloc(0)) : Buffer.concat(this.#more, this.#bytes);
    this.#done(undefined, { status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#done(error, undefined);
  }
}

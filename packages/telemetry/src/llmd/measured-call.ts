import type { Call, Decision, Endpoint, ResponseEdits, ResponseMetadata } from '@pointsman/core';
import type { OpenRequests } from './observe-requests.ts';

/** A call that looks at the clock when pieces of a stream come, and at how long the response says it is. */
export class MeasuredCall implements Call {
  readonly #call: Call;
  readonly #open: OpenRequests;
  readonly #isStream: boolean;
  #responseBytes = Number.NaN;
  #lastTokensMs = Number.NaN;

  constructor(call: Call, open: OpenRequests, isStream: boolean) {
    this.#call = call;
    this.#open = open;
    this.#isStream = isStream;
  }

  get decision(): Decision {
    return this.#call.decision;
  }

  get isEnded(): boolean {
    return this.#call.isEnded;
  }

  get readsResponseBody(): boolean {
    return this.#call.readsResponseBody;
  }

  responseHeaders(...[status, headers, served]: Parameters<Call['responseHeaders']>): ResponseEdits {
    this.#responseBytes = Number.parseInt(headers?.['content-length'] ?? '', 10);
    return this.#call.responseHeaders(status, headers, served);
  }

  firstToken(): void {
    this.#call.firstToken();
  }

  tokens(outputTokens: number): void {
    if (this.#isStream) {
      const nowMs = performance.now();
      if (this.#lastTokensMs < nowMs) this.#numbers()?.waitedForChunk(nowMs - this.#lastTokensMs);
      this.#lastTokensMs = nowMs;
    }
    this.#call.tokens(outputTokens);
  }

  complete(...usage: Parameters<Call['complete']>): ResponseMetadata {
    if (this.#responseBytes >= 0) this.#numbers()?.answered(this.#responseBytes);
    this.#responseBytes = Number.NaN;
    return this.#call.complete(...usage);
  }

  next(why: string): Endpoint | undefined {
    return this.#call.next(why);
  }

  onEvicted(...listener: Parameters<Call['onEvicted']>): void {
    this.#call.onEvicted(...listener);
  }

  end(...outcome: Parameters<Call['end']>): void {
    this.#call.end(...outcome);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#call[Symbol.asyncDispose]();
  }

  #numbers() {
    return this.#open.get(this.#call.decision)?.value;
  }
}

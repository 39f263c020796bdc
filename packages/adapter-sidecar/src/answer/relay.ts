import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { answerHeaders, ClientWriter, isOnlyChunked, isWholeDespite, passEarlyHints } from '@pointsman/http-relay';
import type { Dispatcher } from 'undici';
import type { AnswerEdit, AnswerEditor } from './answer-edit.ts';
import { ThresholdGate } from './threshold-gate.ts';

/** Why a request to a model server is dropped whose answer nobody waits for. */
const UNWANTED = new Error('the answer is no longer wanted');

/** What a relay may do besides. */
export interface RelayOptions {
  readonly editor?: AnswerEditor | undefined;
  /** Whether an engine may decline, of which the client then sees nothing. Default false. */
  readonly mayDecline?: boolean;
  /** Milliseconds that a client may leave an answer unread; 0 for ever. */
  readonly clientStallMs: number;
  /** Drops the request to the model server. */
  readonly signal: AbortSignal;
}

/** What an answer begins with. */
interface Head {
  readonly status: number;
  readonly statusText: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Takes an answer to the client as it comes. `done` settles when the answer has ended, with whether there was one: an engine
 * may decline. It rejects only while the client has received nothing.
 */
export class Relay implements Dispatcher.DispatchHandler {
  readonly done: Promise<boolean>;
  readonly #response: ServerResponse;
  readonly #options: RelayOptions;
  #settle!: { resolve(isAnswered: boolean): void; reject(error: Error): void };
  #upstream: Dispatcher.DispatchController | undefined;
  #head: Head | undefined;
  #edit: AnswerEdit | undefined;
  #gate: ThresholdGate | undefined;
  /** There as soon as the client has received something. */
  #writer: ClientWriter | undefined;
  #isSettled = false;
  readonly #onAbort = () => this.#upstream?.abort(UNWANTED);

  constructor(response: ServerResponse, options: RelayOptions) {
    this.#response = response;
    this.#options = options;
    this.done = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#upstream = controller;
    if (this.#options.signal.aborted) controller.abort(UNWANTED);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    statusText = '',
  ): void {
    const { editor, mayDecline = false } = this.#options;
    if (status < 200) {
      if (status === 103 && !mayDecline) passEarlyHints(this.#response.req, this.#response, headers);
      return;
    }
    this.#head = { status, statusText, headers };
    this.#edit = editor?.(status, headers);
    if (mayDecline) this.#gate = new ThresholdGate(status, headers);
    else this.#begin(controller);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#gate === undefined) {
      this.#write(this.#edit === undefined ? chunk : this.#edit.push(chunk));
      return;
    }
    const verdict = this.#gate.push(chunk);
    if (verdict === 'answer') this.#open(controller);
    else if (verdict === 'declined') this.#decline(controller);
  }

  onResponseEnd(controller: Dispatcher.DispatchController, trailers: IncomingHttpHeaders): void {
    if (this.#isSettled) return;
    if (this.#gate?.end() === 'declined') {
      this.#decline();
      return;
    }
    if (this.#gate !== undefined && !this.#open(controller)) return;
    if (this.#edit !== undefined) this.#write(this.#edit.end());
    this.#writer!.end(trailers);
    this.#leave();
    this.#settle.resolve(true);
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.#isSettled) return;
    if (this.#head !== undefined && isWholeDespite(error, this.#head.status)) {
      this.onResponseEnd(this.#upstream!, {});
      return;
    }
    this.#leave();
    if (this.#writer === undefined) {
      this.#settle.reject(error);
      return;
    }
    // The client must notice that the rest is missing, if it is still there.
    if (this.#options.signal.aborted) this.#writer.drop();
    else this.#writer.cut();
    this.#settle.resolve(true);
  }

  /** @returns false when the answer cannot be sent, of which the client is told */
  #begin(controller: Dispatcher.DispatchController): boolean {
    const { status, statusText, headers } = this.#head!;
    // An edit changes the length; and 204 has no body that could be long.
    const hasLength = this.#edit === undefined && status !== 204;
    const writer = new ClientWriter(this.#response, controller, this.#options.clientStallMs);
    try {
      if (!isOnlyChunked(headers)) throw new Error(`transfer encoding ${headers['transfer-encoding']}`);
      const length = hasLength ? headers['content-length'] : undefined;
      writer.begin(status, statusText, answerHeaders(headers, hasLength), length);
    } catch (error) {
      controller.abort(error as Error);
      return false;
    }
    this.#writer = writer;
    return true;
  }

  /** Hands over what the gate held back. */
  #open(controller: Dispatcher.DispatchController): boolean {
    const held = this.#gate?.release() ?? Buffer.alloc(0);
    this.#gate = undefined;
    if (!this.#begin(controller)) return false;
    this.#write(held);
    return true;
  }

  /** What an engine goes on to say after it declined is not wanted. */
  #decline(controller?: Dispatcher.DispatchController): void {
    this.#leave();
    this.#settle.resolve(false);
    controller?.abort(UNWANTED);
  }

  #write(bytes: Buffer): void {
    if (bytes.length > 0) this.#writer!.write(bytes);
  }

  #leave(): void {
    this.#isSettled = true;
    this.#options.signal.removeEventListener('abort', this.#onAbort);
  }
}

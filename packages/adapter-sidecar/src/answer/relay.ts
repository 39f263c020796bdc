import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import type { AnswerEdit, AnswerEditor } from './answer-edit.ts';
import { answerHeaders } from './answer-headers.ts';
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

/**
 * Takes an answer to the client as it comes. While the client's buffers are full the model server is not read, so that no more of an
 * answer is in memory than these buffers hold. `done` settles when the answer has ended, with whether there was one: an engine
 * may decline. It rejects only while the client has received nothing.
 */
export class Relay implements Dispatcher.DispatchHandler {
  readonly done: Promise<boolean>;
  readonly #response: ServerResponse;
  readonly #options: RelayOptions;
  #settle!: { resolve(isAnswered: boolean): void; reject(error: Error): void };
  #upstream: Dispatcher.DispatchController | undefined;
  #edit: AnswerEdit | undefined;
  #gate: ThresholdGate | undefined;
  #writeHead: (() => void) | undefined;
  #stallTimer: NodeJS.Timeout | undefined;
  #hasHead = false;
  #isSettled = false;
  #hasBody = false;
  readonly #onAbort = () => this.#upstream?.abort(UNWANTED);
  readonly #onDrain = () => {
    clearTimeout(this.#stallTimer);
    this.#upstream?.resume();
  };

  constructor(response: ServerResponse, options: RelayOptions) {
    this.#response = response;
    this.#options = options;
    this.done = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
    response.on('drain', this.#onDrain);
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
    if (status < 200) return;
    this.#edit = this.#options.editor?.(status, headers);
    if (this.#options.mayDecline === true) this.#gate = new ThresholdGate(status, headers);
    const forClient = answerHeaders(headers, this.#edit === undefined);
    this.#writeHead = () => this.#response.writeHead(status, statusText, forClient);
    if (this.#gate === undefined) this.#begin(controller);
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

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    if (this.#isSettled) return;
    if (this.#gate?.end() === 'declined') {
      this.#decline();
      return;
    }
    if (this.#gate !== undefined && !this.#open(controller)) return;
    if (this.#edit !== undefined) this.#write(this.#edit.end());
    this.#hasBody = true;
    this.#response.end();
    this.#leave();
    this.#settle.resolve(true);
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.#isSettled) return;
    this.#leave();
    if (!this.#hasHead) {
      this.#settle.reject(error);
      return;
    }
    // The client must notice that the rest is missing.
    if (this.#response.writableLength > 0) this.#response.socket?.destroySoon();
    else this.#response.destroy();
    this.#settle.resolve(true);
  }

  /** @returns false when Node refuses a header, of which the client is told */
  #begin(controller: Dispatcher.DispatchController): boolean {
    try {
      this.#writeHead?.();
    } catch (error) {
      controller.abort(error as Error);
      return false;
    }
    this.#hasHead = true;
    // Together with what came with it, but without waiting for more.
    process.nextTick(() => {
      if (!this.#hasBody && !this.#response.destroyed) this.#response.flushHeaders();
    });
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
    if (bytes.length === 0) return;
    this.#hasBody = true;
    if (this.#response.write(bytes)) return;
    this.#upstream?.pause();
    const { clientStallMs } = this.#options;
    clearTimeout(this.#stallTimer);
    if (clientStallMs > 0) this.#stallTimer = setTimeout(() => this.#response.destroy(), clientStallMs).unref();
  }

  #leave(): void {
    this.#isSettled = true;
    clearTimeout(this.#stallTimer);
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    this.#response.off('drain', this.#onDrain);
  }
}

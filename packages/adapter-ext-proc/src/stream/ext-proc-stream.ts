import type { Logger } from '@pointsman/core';
import type { ByteBudget } from '../memory/byte-budget.ts';
import { immediateResponse } from '../reply/immediate-response.ts';
import type { Refusal } from '../reply/refusal.ts';
import { BODY_MODE, type BodyMode, type ProcessingRequest, type ProcessingResponse } from '../wire/messages.ts';
import { isGrpc } from './is-grpc.ts';
import type { ModeAdvice } from './mode-advice.ts';
import type { Exchange, FilterMetadata, Onward, Processor, ProxiedRequest } from './processor.ts';
import { RequestSide, type RequestSideOwner } from './request-side.ts';
import { ResponseSide, type ResponseSideOwner } from './response-side.ts';
import type { StreamTransport } from './transport.ts';

/** What all streams of a server share. */
export interface StreamContext {
  readonly processor: Processor;
  /** Bytes of a request body. */
  readonly bodyLimit: number;
  /** Bytes of all request bodies that are being read. */
  readonly budget: ByteBudget;
  /** Body modes of a proxy that does not announce them. */
  readonly unannounced: { readonly request: BodyMode; readonly response: BodyMode };
  readonly advice: ModeAdvice;
  readonly log: Logger;
}

const NO_METADATA: FilterMetadata = Object.freeze({});
const GRPC_MODE: Refusal = {
  refused: 501,
  message: 'body mode GRPC is not supported; use FULL_DUPLEX_STREAMED',
};
const ENDING: Refusal = {
  refused: 503,
  message: 'the picker is shutting down',
  reason: 'rejected-shutting-down',
  retryAfterMs: 1000,
};
/** Made once: an error with its stack costs more than the rest of an abort. */
const LEFT = new Error('nobody waits for the decision any more');
const FAILED: Refusal = { refused: 500, message: 'the request could not be placed' };

/**
 * One stream of the protocol, which is one HTTP request: what the proxy says comes in, what it is to do goes out. It
 * knows no transport, and never throws; whatever goes wrong in it ends this stream only.
 */
export class ExtProcStream implements RequestSideOwner, ResponseSideOwner {
  readonly #context: StreamContext;
  readonly #transport: StreamTransport;
  readonly #request: RequestSide;
  readonly #response: ResponseSide;
  #metadata: FilterMetadata = NO_METADATA;
  #requestMode: BodyMode;
  #responseMode: BodyMode;
  #hasBegun = false;
  #isObserver = false;
  #isGrpc = false;
  #isHalfClosed = false;
  #isOver = false;
  #exchange: Exchange | undefined;
  #controller: AbortController | undefined;

  constructor(context: StreamContext, transport: StreamTransport) {
    this.#context = context;
    this.#transport = transport;
    this.#requestMode = context.unannounced.request;
    this.#responseMode = context.unannounced.response;
    this.#request = new RequestSide(this, context.bodyLimit, context.budget);
    this.#response = new ResponseSide(this);
  }

  get requestMode(): BodyMode {
    return this.#requestMode;
  }

  get isRequestAnswered(): boolean {
    return this.#request.isAnswered;
  }

  /** The proxy said something. */
  receive(message: ProcessingRequest): void {
    if (this.#isOver) return;
    try {
      if (!this.#hasBegun) this.#begin(message);
      if (!this.#isOver && !this.#isObserver) this.#take(message);
    } catch (error) {
      this.#break(error);
    }
  }

  /** The proxy has said all: the HTTP request is over for it. */
  halfClosed(): void {
    if (this.#isOver || this.#isHalfClosed) return;
    this.#isHalfClosed = true;
    // A decision that is being made is still told.
    if (!this.#request.isWaiting) this.#close();
  }

  /** The proxy hears nothing any more. */
  cancelled(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#request.isWaiting) this.#context.advice.leftWaiting(this.#request.waitedMs);
    this.#leave();
  }

  /**
   * The server cannot wait any longer. A request that was answered goes on without the picker, and counts as aborted; any
   * other one is refused.
   */
  release(): void {
    if (this.#isOver) return;
    if (!this.#request.isAnswered) this.refuse(ENDING);
    else if (!this.#response.isInFlight) this.#finish();
    else {
      // Chunks of the response may be on their way: without answers to them it would be wrong, not only unfollowed.
      this.#isOver = true;
      this.#leave();
      this.#transport.fail('the picker ends');
    }
  }

  send(response: ProcessingResponse): void {
    if (!this.#isOver) this.#transport.send(response);
  }

  refuse(refusal: Refusal): void {
    if (this.#isOver) return;
    this.#transport.send(immediateResponse(refusal, this.#isGrpc));
    this.#finish();
  }

  decide(request: Omit<ProxiedRequest, 'metadata' | 'responseBodyMode'>): void {
    const complete = { ...request, metadata: this.#metadata, responseBodyMode: this.#responseMode };
    const verdict = this.#context.processor.process(complete, () => {
      this.#controller ??= new AbortController();
      return this.#controller.signal;
    });
    if (!(verdict instanceof Promise)) this.#answer(verdict);
    else {
      verdict.then((answer) => this.#answer(answer)).catch((error: unknown) => this.#break(error));
    }
  }

  bodyUnread(mode: BodyMode): void {
    this.#context.advice.bodyUnread(mode);
  }

  bodyMissed(): void {
    this.#context.advice.bodyMissed();
  }

  endedWithStream(isEventStream: boolean, afterMs: number): void {
    this.#context.advice.endedWithStream(isEventStream, afterMs);
  }

  #begin({ protocolConfig, observabilityMode, headers }: ProcessingRequest): void {
    this.#hasBegun = true;
    this.#isGrpc = headers !== undefined && isGrpc(headers.headers);
    if (protocolConfig !== undefined) {
      this.#requestMode = protocolConfig.requestBodyMode;
      this.#responseMode = protocolConfig.responseBodyMode;
    }
    this.#isObserver = observabilityMode;
    this.#context.advice.began(this.#requestMode, observabilityMode);
    if (this.#requestMode === BODY_MODE.GRPC || this.#responseMode === BODY_MODE.GRPC) {
      this.refuse(GRPC_MODE);
      return;
    }
    this.#request.mode = this.#requestMode;
    this.#response.mode = this.#responseMode;
  }

  #take(message: ProcessingRequest): void {
    const { kind, metadata } = message;
    switch (kind) {
      case 'requestHeaders':
        this.#addMetadata(metadata);
        this.#request.onHeaders(message.headers!);
        break;
      case 'requestBody':
        this.#addMetadata(metadata);
        this.#request.onBody(message.body!);
        break;
      case 'requestTrailers':
        this.#addMetadata(metadata);
        this.#request.onTrailers();
        break;
      case 'responseHeaders':
        this.#response.onHeaders(message.headers!, metadata);
        break;
      case 'responseBody':
        this.#response.onBody(message.body!);
        break;
      case 'responseTrailers':
        this.#response.onTrailers();
        break;
      // A kind that this version does not know asks for nothing that could be given.
    }
  }

  /** A later message may know more than an earlier one. */
  #addMetadata(metadata: FilterMetadata): void {
    this.#metadata = this.#metadata === NO_METADATA ? metadata : { ...this.#metadata, ...metadata };
  }

  #answer(verdict: Onward | Refusal): void {
    if ('refused' in verdict) {
      this.refuse(verdict);
      return;
    }
    const { exchange, followsResponse } = verdict;
    if (this.#isOver) {
      exchange?.end('aborted');
      return;
    }
    this.#exchange = exchange;
    this.#request.answer(verdict);
    if (exchange !== undefined) {
      exchange.onEvicted?.((refusal) => this.#evict(refusal));
      this.#response.follow(exchange);
    }
    if (!followsResponse) {
      exchange?.end('ok');
      this.#finish();
    } else if (this.#isHalfClosed) this.#close();
  }

  /** The exchange has ended by itself. Whatever has reached the client, the proxy cuts it off, and the model server too. */
  #evict(refusal: Refusal): void {
    this.#exchange = undefined;
    this.refuse(refusal);
  }

  /** The proxy has nothing more to say. */
  #close(): void {
    if (this.#response.endsWithStream) this.#response.endWithStream();
    this.#finish();
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#leave();
    this.#transport.end();
  }

  #break(error: unknown): void {
    this.#context.log.error('a request could not be handled', { error: String(error) });
    if (this.#isOver) return;
    if (!this.#request.isAnswered) {
      this.refuse(FAILED);
      return;
    }
    this.#isOver = true;
    this.#leave();
    this.#transport.fail('the stream could not be handled');
  }

  #leave(): void {
    this.#exchange?.end('aborted');
    // Once there is an exchange, nobody listens any more.
    if (this.#request.isWaiting) this.#controller?.abort(LEFT);
    this.#request.forget();
  }
}

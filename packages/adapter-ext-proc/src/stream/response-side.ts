import { isEventStream } from '@pointsman/inference-api';
import { bodyChunks } from '../reply/body-chunks.ts';
import { headerMutation, NO_EDITS } from '../reply/header-edits.ts';
import {
  BODY_MODE,
  type BodyMode,
  HEADER_MODE,
  type HttpBody,
  type HttpHeaders,
  type ProcessingMode,
  type ProcessingResponse,
  type Struct,
} from '../wire/messages.ts';
import type { Exchange, FilterMetadata, ResponseHead } from './processor.ts';

/** What the response's side of a stream needs of the stream. */
export interface ResponseSideOwner {
  send(response: ProcessingResponse): void;
  /** What the request's side was told: bodies can be switched off only if it is not full-duplex. */
  readonly requestMode: BodyMode;
  /** All of the request was answered. */
  readonly isRequestAnswered: boolean;
  /** A body came that nobody looks at. */
  bodyUnread(mode: BodyMode): void;
  /** The body of a response is kept that somebody would look at. */
  bodyMissed(): void;
  /** The response ended with its stream. @param afterMs since its headers */
  endedWithStream(isEventStream: boolean, afterMs: number): void;
}

const EMPTY = new Uint8Array(0);
/** The only status below 200 that is an answer. */
const SWITCHING_PROTOCOLS = 101;

/**
 * The response's direction of one stream. Every message is answered at once, also when the request has not been
 * answered yet. Messages that come too late are ignored.
 */
export class ResponseSide {
  readonly #owner: ResponseSideOwner;
  #mode: BodyMode = BODY_MODE.FULL_DUPLEX_STREAMED;
  #exchange: Exchange | undefined;
  #head: ResponseHead | undefined;
  #phase: 'headers' | 'body' | 'trailers' | 'over' = 'headers';
  /** Whether no body is to come any more, although the end was not told. */
  #isSilent = false;
  /** When the headers came, in milliseconds of any clock. */
  #beganMs = 0;

  constructor(owner: ResponseSideOwner) {
    this.#owner = owner;
  }

  /** Whether the end of the stream is the end of the response: nothing else would tell. */
  get endsWithStream(): boolean {
    return this.#head !== undefined && this.#isSilent;
  }

  /** Whether chunks of the body travel here and back, so that nobody knows what is on its way. */
  get isInFlight(): boolean {
    return this.#head !== undefined && this.#phase !== 'over' && this.#mode === BODY_MODE.FULL_DUPLEX_STREAMED;
  }

  set mode(mode: BodyMode) {
    this.#mode = mode;
  }

  /** The request went on. What came of its response before that is told now. */
  follow(exchange: Exchange): void {
    this.#exchange = exchange;
    if (this.#head !== undefined) exchange.responseHeaders(this.#head);
    if (this.#phase === 'over') this.#finish();
  }

  onHeaders({ headers, endOfStream }: HttpHeaders, metadata: FilterMetadata): void {
    if (this.#phase !== 'headers' || this.#head !== undefined) return;
    const status = Number(headers[':status'] ?? headers.status ?? 0);
    if (status >= 100 && status < 200 && status !== SWITCHING_PROTOCOLS) {
      this.#owner.send({ responseHeaders: {} });
      return;
    }
    this.#beganMs = performance.now();
    this.#head = { status: Number.isInteger(status) ? status : 0, headers, metadata };
    const edits = this.#exchange?.responseHeaders(this.#head) ?? NO_EDITS;
    this.#phase = endOfStream ? 'over' : 'body';
    const mutation = headerMutation(edits);
    const told = endOfStream ? this.#finish() : undefined;
    this.#owner.send({
      responseHeaders: mutation === undefined ? {} : { response: { headerMutation: mutation } },
      ...(told && { dynamicMetadata: told }),
      ...(!endOfStream && this.#wish()),
    });
  }

  onBody({ body, endOfStream }: HttpBody): void {
    if (this.#phase === 'trailers' || this.#phase === 'over') return;
    this.#phase = endOfStream ? 'over' : 'body';
    this.#isSilent = false;
    if (this.#isUnneeded()) this.#owner.bodyUnread(this.#mode);
    const isWhole = endOfStream || this.#mode === BODY_MODE.BUFFERED || this.#mode === BODY_MODE.BUFFERED_PARTIAL;
    const passed = this.#pass(body, isWhole);
    const told = endOfStream ? this.#finish() : undefined;
    if (this.#mode === BODY_MODE.FULL_DUPLEX_STREAMED) {
      this.#echo(passed, endOfStream, told);
      return;
    }
    if (isWhole) this.#isSilent = true;
    this.#owner.send({
      responseBody: passed === body ? {} : { response: { bodyMutation: { body: passed } } },
      ...(told && { dynamicMetadata: told }),
    });
  }

  onTrailers(): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    const rest = this.#exchange?.flushBody() ?? EMPTY;
    if (this.#mode === BODY_MODE.FULL_DUPLEX_STREAMED) this.#echo(rest, false, undefined);
    const told = this.#finish();
    this.#owner.send({ responseTrailers: {}, ...(told && { dynamicMetadata: told }) });
  }

  /** The stream ended where only that tells the end of the response. */
  endWithStream(): void {
    this.#phase = 'over';
    const isStream = isEventStream(this.#head?.headers['content-type']);
    this.#owner.endedWithStream(isStream, performance.now() - this.#beganMs);
    this.#finish();
  }

  #pass(body: Uint8Array, isWhole: boolean): Uint8Array {
    const exchange = this.#exchange;
    if (exchange === undefined) return body;
    const passed = exchange.responseBody(body);
    if (!isWhole) return passed;
    const rest = exchange.flushBody();
    if (rest.length === 0) return passed;
    return passed.length === 0 ? rest : Buffer.concat([passed, rest]);
  }

  #echo(body: Uint8Array, isEnd: boolean, told: Struct | undefined): void {
    const chunks = bodyChunks(body, isEnd);
    chunks.forEach((bodyMutation, i) => {
      const isLast = i === chunks.length - 1;
      this.#owner.send({
        responseBody: { response: { bodyMutation } },
        ...(isLast && told && { dynamicMetadata: told }),
      });
    });
  }

  #finish(): Struct | undefined {
    const told = this.#exchange?.complete();
    this.#exchange?.end('ok');
    return told;
  }

  /**
   * Has the proxy keep the body to itself when nobody looks at it. Envoy does not take that while a body is streamed both
   * ways, and not all configurations allow it.
   */
  #wish(): { readonly modeOverride?: ProcessingMode } {
    if (this.#mode === BODY_MODE.NONE) {
      this.#isSilent = true;
      if (this.#exchange?.needsBody === true) this.#owner.bodyMissed();
      return {};
    }
    const { requestMode } = this.#owner;
    const isFullDuplex =
      requestMode === BODY_MODE.FULL_DUPLEX_STREAMED || this.#mode === BODY_MODE.FULL_DUPLEX_STREAMED;
    if (isFullDuplex || !this.#isUnneeded()) return {};
    this.#isSilent = true;
    return {
      modeOverride: {
        requestBodyMode: requestMode,
        responseBodyMode: BODY_MODE.NONE,
        responseTrailerMode: HEADER_MODE.SEND,
      },
    };
  }

  /** Whether nobody looks at the body. Not known before the request was decided. */
  #isUnneeded(): boolean {
    return this.#owner.isRequestAnswered && this.#exchange?.needsBody !== true;
  }
}

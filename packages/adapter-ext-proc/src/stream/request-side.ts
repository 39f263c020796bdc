import type { ByteBudget } from '../memory/byte-budget.ts';
import { bodyChunks } from '../reply/body-chunks.ts';
import { type HeaderEdits, headerMutation } from '../reply/header-edits.ts';
import type { Refusal } from '../reply/refusal.ts';
import {
  BODY_MODE,
  type BodyMode,
  type BodyMutation,
  type CommonResponse,
  type Headers,
  type HttpBody,
  type HttpHeaders,
  type ProcessingResponse,
} from '../wire/messages.ts';
import { BodyBuffer } from './body-buffer.ts';
import { isTunnel } from './is-tunnel.ts';
import type { BodyExtent, Onward, ProxiedRequest } from './processor.ts';

/** What the request's side of a stream needs of the stream. */
export interface RequestSideOwner {
  send(response: ProcessingResponse): void;
  refuse(refusal: Refusal): void;
  /** The request is known as far as it will be. Answered by `answer`. */
  decide(request: Omit<ProxiedRequest, 'metadata' | 'responseBodyMode'>): void;
}

const NO_HEADERS: Headers = Object.freeze(Object.create(null));
const EMPTY = new Uint8Array(0);
const UNSTEERABLE: Refusal = {
  refused: 400,
  message:
    'a request with trailers but without a body cannot be steered in this body mode; use request_body_mode FULL_DUPLEX_STREAMED',
};

const NO_ROOM: Refusal = {
  refused: 503,
  message: 'too many long requests at the same time',
  reason: 'rejected-saturated',
  retryAfterMs: 1000,
};

/**
 * The request's direction of one stream: collects headers and body as far as the proxy's body mode lets it see them, has
 * the request decided once, and replies in the order headers, body, trailers. Messages that come too late are ignored.
 */
export class RequestSide {
  readonly #owner: RequestSideOwner;
  readonly #bodyLimit: number;
  readonly #body: BodyBuffer;
  #mode: BodyMode = BODY_MODE.FULL_DUPLEX_STREAMED;
  #headers: Headers = NO_HEADERS;
  #hasHeaders = false;
  #phase: 'open' | 'deciding' | 'answered' = 'open';
  /** When the decision began, in milliseconds of any clock. */
  #decidingSinceMs = 0;
  /** Which kind of message told that all of the request is there. */
  #completedBy: 'headers' | 'body' | 'trailers' = 'headers';
  #isEnded = false;
  #hasTrailers = false;
  /** The body that was decided upon, until it has been sent back. */
  #whole: Uint8Array = EMPTY;
  /** Pieces of body that came while the decision was made, of a proxy that wants a reply to each. */
  #owedBodies = 0;
  /** What looks like the body is one half of a conversation: it passes by as it comes. */
  #isTunnel = false;

  constructor(owner: RequestSideOwner, bodyLimit: number, budget: ByteBudget) {
    this.#owner = owner;
    this.#bodyLimit = bodyLimit;
    this.#body = new BodyBuffer(bodyLimit, budget);
  }

  get isAnswered(): boolean {
    return this.#phase === 'answered';
  }

  get isWaiting(): boolean {
    return this.#phase === 'deciding';
  }

  /** Milliseconds since the decision began. */
  get waitedMs(): number {
    return performance.now() - this.#decidingSinceMs;
  }

  set mode(mode: BodyMode) {
    this.#mode = mode;
  }

  onHeaders({ headers, endOfStream }: HttpHeaders): void {
    if (this.#phase !== 'open') return;
    this.#headers = this.#hasHeaders ? { ...this.#headers, ...headers } : headers;
    this.#hasHeaders = true;
    if (endOfStream) {
      this.#isEnded = true;
      this.#decide('headers', 'none');
    } else if (this.#isUnread()) this.#decide('headers', 'unread');
    else if (isTunnel(this.#headers)) {
      this.#isTunnel = this.#mode === BODY_MODE.FULL_DUPLEX_STREAMED;
      this.#decide('headers', 'unread');
    }
    // The proxy sends the buffered body only after an answer to the headers.
    else if (this.#isBuffered()) this.#owner.send({ requestHeaders: {} });
  }

  onBody({ body, endOfStream }: HttpBody): void {
    // Envoy repeats the end of a long body.
    if (this.#isEnded || this.#hasTrailers) return;
    this.#isEnded = endOfStream;
    if (this.#phase !== 'open') {
      if (this.#mode !== BODY_MODE.FULL_DUPLEX_STREAMED) this.#owe();
      else if (this.#isTunnel) this.#tunnel(body);
      return;
    }
    if (this.#isUnread()) {
      // Without headers: the proxy does not send them.
      this.#owedBodies++;
      this.#decide('headers', 'unread');
      return;
    }
    if (!this.#keep(body)) return;
    if (endOfStream || this.#mode === BODY_MODE.BUFFERED) this.#decide('body', 'whole');
    else if (this.#mode === BODY_MODE.BUFFERED_PARTIAL) this.#decide('body', 'perhaps-cut');
  }

  onTrailers(): void {
    if (this.#hasTrailers) return;
    this.#hasTrailers = true;
    if (this.#phase === 'answered') this.#owner.send({ requestTrailers: {} });
    else if (this.#phase === 'open') {
      if (this.#isBuffered()) this.#owner.refuse(UNSTEERABLE);
      else this.#decide('trailers', this.#isUnread() ? 'unread' : 'whole');
    }
  }

  /** Gives the replies that the request still has to get. */
  answer(onward: Onward): void {
    this.#phase = 'answered';
    if (this.#completedBy === 'body' && this.#isBuffered()) {
      this.#reply('requestBody', onward, onward.body === undefined ? undefined : { body: onward.body });
    } else {
      this.#reply('requestHeaders', onward);
      if (this.#mode === BODY_MODE.FULL_DUPLEX_STREAMED && this.#completedBy !== 'headers') this.#echo(onward);
      if (this.#isTunnel) this.#tunnel(this.#body.take());
    }
    for (; this.#owedBodies > 0; this.#owedBodies--) this.#owner.send({ requestBody: {} });
    if (this.#hasTrailers) this.#owner.send({ requestTrailers: {} });
    this.#whole = EMPTY;
    this.#body.release();
  }

  /** Lets go of what was collected. */
  forget(): void {
    this.#phase = 'answered';
    this.#whole = EMPTY;
    this.#body.release();
  }

  #decide(completedBy: 'headers' | 'body' | 'trailers', extent: BodyExtent): void {
    this.#phase = 'deciding';
    this.#decidingSinceMs = performance.now();
    this.#completedBy = completedBy;
    this.#whole = this.#body.take();
    this.#owner.decide({ headers: this.#headers, hasHeaders: this.#hasHeaders, body: this.#whole, extent });
  }

  #echo({ body = this.#whole }: Onward): void {
    this.#whole = EMPTY;
    this.#sendBody(body, this.#completedBy === 'body');
  }

  #tunnel(bytes: Uint8Array): void {
    if (this.#phase === 'answered') this.#sendBody(bytes, this.#isEnded);
    else this.#keep(bytes);
  }

  #sendBody(bytes: Uint8Array, isEnd: boolean): void {
    for (const bodyMutation of bodyChunks(bytes, isEnd)) {
      this.#owner.send({ requestBody: { response: { bodyMutation } } });
    }
  }

  /** @returns false when the request was refused instead */
  #keep(part: Uint8Array): boolean {
    const added = this.#body.add(part);
    if (added === 'kept') return true;
    this.#owner.refuse(
      added === 'no-room' ? NO_ROOM : { refused: 413, message: `the body is longer than ${this.#bodyLimit} bytes` },
    );
    return false;
  }

  #owe(): void {
    if (this.#phase === 'answered') this.#owner.send({ requestBody: {} });
    else this.#owedBodies++;
  }

  #reply(kind: 'requestHeaders' | 'requestBody', onward: Onward, bodyMutation?: BodyMutation): void {
    const mutation = headerMutation(this.#withLength(onward));
    const response: CommonResponse = {
      ...(mutation && { headerMutation: mutation }),
      ...(bodyMutation && { bodyMutation }),
      ...(onward.clearsRoute && { clearRouteCache: true }),
    };
    const { metadata } = onward;
    const attached = metadata === undefined ? undefined : { dynamicMetadata: metadata };
    this.#owner.send(
      kind === 'requestHeaders'
        ? { ...attached, requestHeaders: { response } }
        : { ...attached, requestBody: { response } },
    );
  }

  /**
   * The length follows the body where the client gave one: Envoy drops it from a body that it streams both ways, and it
   * would be wrong for one that changed.
   */
  #withLength({ edits, body }: Onward): HeaderEdits {
    if (this.#headers['content-length'] === undefined || this.#completedBy === 'headers') return edits;
    if (this.#mode !== BODY_MODE.FULL_DUPLEX_STREAMED && body === undefined) return edits;
    return { ...edits, set: { ...edits.set, 'content-length': String((body ?? this.#whole).length) } };
  }

  /** Whether the request has to be decided without its body. */
  #isUnread(): boolean {
    return this.#mode === BODY_MODE.NONE || this.#mode === BODY_MODE.STREAMED;
  }

  #isBuffered(): boolean {
    return this.#mode === BODY_MODE.BUFFERED || this.#mode === BODY_MODE.BUFFERED_PARTIAL;
  }
}

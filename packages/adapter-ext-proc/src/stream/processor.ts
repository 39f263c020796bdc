import type { HeaderEdits } from '../reply/header-edits.ts';
import type { Refusal } from '../reply/refusal.ts';
import type { BodyMode, Headers, Struct } from '../wire/messages.ts';

/** What the proxy knows about a request beside its headers, by namespace. */
export type FilterMetadata = Readonly<Record<string, Struct>>;

/**
 * How much of a body there is:
 * - `whole`: all of it
 * - `perhaps-cut`: all of it, or its beginning, when the proxy's buffer was full; the proxy does not say which
 * - `none`: the request has no body
 * - `unread`: the proxy keeps it to itself
 */
export type BodyExtent = 'whole' | 'perhaps-cut' | 'none' | 'unread';

/** A request of a client, as far as the proxy shows it. */
export interface ProxiedRequest {
  readonly headers: Headers;
  /** False when the proxy was told not to send them; `headers` is empty then. */
  readonly hasHeaders: boolean;
  /** Empty unless `extent` is `whole` or `perhaps-cut`. */
  readonly body: Uint8Array;
  readonly extent: BodyExtent;
  readonly metadata: FilterMetadata;
  readonly responseBodyMode: BodyMode;
}

/** A request goes on. */
export interface Onward {
  readonly edits: HeaderEdits;
  /** Takes the place of the body; undefined leaves it as it came. Only for a body that was shown. */
  readonly body?: Uint8Array | undefined;
  readonly metadata?: Struct | undefined;
  /** Whether the proxy chooses the route anew, because headers changed by which it chooses. */
  readonly clearsRoute: boolean;
  /** False: the stream ends here, and the proxy need not say anything about the response. */
  readonly followsResponse: boolean;
  /** Who wants to know what becomes of the request. */
  readonly exchange?: Exchange | undefined;
}

/** The beginning of a response. */
export interface ResponseHead {
  /** HTTP status, 200 or more; 0 when the proxy did not say. */
  readonly status: number;
  readonly headers: Headers;
  readonly metadata: FilterMetadata;
}

/** What becomes of a request that went on. Every exchange is ended. */
export interface Exchange {
  /** Whether the body of the response has to pass by: somebody reads it, or it is changed. */
  readonly needsBody: boolean;
  /** The response begins. Called once. */
  responseHeaders(head: ResponseHead): HeaderEdits;
  /** @returns what goes on in place of the chunk: the chunk itself when nothing changes */
  responseBody(chunk: Uint8Array): Uint8Array;
  /** No more body comes. @returns what was held back */
  flushBody(): Uint8Array;
  /** All of the response has come. @returns what the proxy shall know */
  complete(): Struct | undefined;
  /** Hears it when the request is given up while it runs, and what its client is told. The exchange ends by itself then. */
  onEvicted?(listener: (refusal: Refusal) => void): void;
  /** It is over: the response came to its end, or nobody waits for it any more. Only the first call counts. */
  end(how: 'ok' | 'aborted'): void;
}

/** Decides what becomes of requests: one for all streams. */
export interface Processor {
  /** @param signal aborts when nobody waits for the answer any more */
  process(request: ProxiedRequest, signal: () => AbortSignal): Onward | Refusal | Promise<Onward | Refusal>;
}

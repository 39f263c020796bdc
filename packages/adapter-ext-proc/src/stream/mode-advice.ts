import type { Logger } from '@pointsman/core';
import { BODY_MODE, type BodyMode } from '../wire/messages.ts';

/** No model server streams an answer in so little time, one request after the other. */
const AT_ONCE_MS = 5;
const ENOUGH_IN_A_ROW = 20;

/** Envoy waits at least so long for an answer unless it is told otherwise (200 ms), give or take what timers do. */
const SHORTEST_WAIT_MS = 150;
/** Clients leave when they like. What leaves so often after the same time was told to. */
const SAME_WAITS_IN_A_ROW = 5;

/** Tells operators, once each, what in the proxy's configuration costs more than it gives, with the remedy. */
export class ModeAdvice {
  readonly #log: Logger;
  readonly #said = new Set<string>();
  #endedAtOnce = 0;
  #waitedMs = 0;
  #sameWaits = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** A stream begins. @param request the mode that holds for its request's body */
  began(request: BodyMode, isObserver: boolean): void {
    if (isObserver) {
      this.#say(
        'observer',
        'the proxy only observes (observability_mode): nothing is placed; set observability_mode: false',
      );
      return;
    }
    if (request === BODY_MODE.NONE || request === BODY_MODE.STREAMED) {
      this.#say(
        'unread-request',
        'the proxy has requests placed before their body can be read: no model, no prompt, no prefix cache; ' +
          'set request_body_mode: FULL_DUPLEX_STREAMED (with request_trailer_mode: SEND) or BUFFERED',
      );
    }
  }

  /** A body of a response came that nobody looks at. @param response the mode that holds for it */
  bodyUnread(response: BodyMode): void {
    if (response === BODY_MODE.FULL_DUPLEX_STREAMED) {
      this.#say(
        'echoed-response',
        'the proxy sends every chunk of every response here, and nobody reads them; ' +
          'set response_body_mode: NONE and response_trailer_mode: SEND',
      );
    } else {
      this.#say(
        'unread-response',
        'the proxy sends bodies of responses here that nobody reads; ' +
          'set response_body_mode: NONE with response_trailer_mode: SEND, or allow_mode_override: true',
      );
    }
  }

  /** A body of a response was kept that a plugin reads, or whose model has to be turned back. */
  bodyMissed(): void {
    this.#say(
      'missed-response',
      'the proxy keeps bodies of responses that plugins read, or in which the model has another name than the client knows; ' +
        'set response_body_mode: FULL_DUPLEX_STREAMED (with response_trailer_mode: SEND) or BUFFERED',
    );
  }

  /** A response ended with its stream. @param afterMs since its headers */
  endedWithStream(isEventStream: boolean, afterMs: number): void {
    if (!isEventStream) return;
    this.#endedAtOnce = afterMs < AT_ONCE_MS ? this.#endedAtOnce + 1 : 0;
    if (this.#endedAtOnce < ENOUGH_IN_A_ROW) return;
    this.#say(
      'early-end',
      'the proxy ends its streams at the headers of streamed responses: requests count as over while they still run; ' +
        'set response_trailer_mode: SEND',
    );
  }

  /** Nobody waits for a decision any more. @param afterMs since it began to be made */
  leftWaiting(afterMs: number): void {
    const isSame = Math.abs(afterMs - this.#waitedMs) <= Math.max(50, 0.05 * afterMs);
    this.#sameWaits = isSame ? this.#sameWaits + 1 : 1;
    this.#waitedMs = afterMs;
    if (afterMs < SHORTEST_WAIT_MS || this.#sameWaits < SAME_WAITS_IN_A_ROW) return;
    this.#say(
      'impatient',
      `the proxy gave up ${SAME_WAITS_IN_A_ROW} requests in a row that had waited here for about ${Math.round(afterMs)} ms each: ` +
        'set message_timeout longer than requests wait (flow control: defaultRequestTTL), unless it is the clients who wait no longer',
    );
  }

  #say(what: string, message: string): void {
    if (this.#said.has(what)) return;
    this.#said.add(what);
    this.#log.warn(message);
  }
}

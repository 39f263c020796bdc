import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Outcome, PointsmanError, ResponseMetadata } from '@pointsman/core';
import { errorCode, isOnlyChunked, passEarlyHints } from '@pointsman/http-relay';
import type { Dispatcher } from 'undici';
import { singleValued } from './client-headers.ts';
import { type AnsweredRequest, ForwardedAnswer } from './forwarded-answer.ts';
import type { GatewayContext } from './gateway-context.ts';
import { BAD_ANSWER, type Refusal, refusalOf, UNSENDABLE, unansweredRefusal } from './refusal.ts';
import { upstreamBody } from './upstream-body.ts';
import { isUnsendable, mayHaveBeenIdle, type UpstreamFailure, upstreamFailure } from './upstream-failure.ts';
import { upstreamHeaders } from './upstream-headers.ts';

/** Why an upstream request is dropped whose answer nobody wants any more. */
const UNWANTED = new Error('the answer is no longer wanted');

/** A placed request, as it is forwarded. */
export interface ForwardedRequest extends AnsweredRequest {
  readonly request: IncomingMessage;
  /** Path and query. */
  readonly target: string;
  /** Trace context for the model server. */
  readonly traceHeaders: Readonly<Record<string, string>> | undefined;
}

/** Whom a forwarding tells of its end. */
export interface ForwardingOwner {
  /** The call has ended. With a refusal the client has received nothing yet, and gets that. */
  forwarded(refusal?: Refusal): void;
}

/**
 * Takes a placed request to its endpoint, or to one endpoint after the other, and the answer back. It is itself undici's
 * handler for these attempts, which never overlap: callbacks of an attempt that was left do not carry the controller of
 * the one that runs.
 */
export class Forwarding implements Dispatcher.DispatchHandler {
  readonly #gateway: GatewayContext;
  readonly #owner: ForwardingOwner;
  readonly #forwarded: ForwardedRequest;
  readonly #call: ForwardedRequest['call'];
  /** Kept until no retry can need it. */
  #body: Uint8Array | undefined;
  #retries = 0;
  #isRepeatedHere = false;
  /** Of the attempt that runs; undefined until it is on its way. */
  #upstream: Dispatcher.DispatchController | undefined;
  #answer: ForwardedAnswer | undefined;
  #isOver = false;

  constructor(gateway: GatewayContext, owner: ForwardingOwner, forwarded: ForwardedRequest, body: Uint8Array) {
    this.#gateway = gateway;
    this.#owner = owner;
    this.#forwarded = forwarded;
    this.#call = forwarded.call;
    this.#body = body.length === 0 ? undefined : body;
    this.#call.onEvicted((why) => this.#evict(why));
  }

  /** Sends the request to the target of the decision. */
  attempt(): void {
    const { request, target, id, traceHeaders } = this.#forwarded;
    const { decision } = this.#call;
    const { origin } = decision.target;
    this.#upstream = undefined;
    this.#gateway.upstreams.of(origin).dispatch(
      {
        origin,
        path: target,
        method: request.method as Dispatcher.HttpMethod,
        headers: upstreamHeaders(request.rawHeaders, id, decision.headers, traceHeaders),
        body: upstreamBody(this.#body),
      },
      this,
    );
  }

  /** Leaves the model server and ends the call. */
  abandon(status: 'aborted' | 'shutdown'): void {
    if (this.#isOver) return;
    this.#end({ status });
    this.#upstream?.abort(UNWANTED);
    this.#answer?.drop();
  }

  /** A plugin wants the place for others. The client is told, or notices. */
  #evict(why: PointsmanError): void {
    if (this.#isOver) return;
    this.#answer?.cut();
    this.#end({ status: 'evicted', error: why }, this.#answer === undefined ? refusalOf(why) : undefined);
    this.#upstream?.abort(UNWANTED);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#isOver) controller.abort(UNWANTED);
    else this.#upstream = controller;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    statusText = '',
  ): void {
    if (this.#isStale(controller)) return;
    const { request, response } = this.#forwarded;
    if (status < 200) {
      if (status === 103) passEarlyHints(request, response, headers);
      return;
    }
    if (this.#gateway.retries.mayRetryStatus(status) && this.#moveOn('status', `status ${status}`)) {
      // The abort calls back at once, and must find this attempt left.
      this.#upstream = undefined;
      controller.abort(UNWANTED);
      this.attempt();
      return;
    }
    this.#body = undefined;
    const edits = this.#call.responseHeaders(status, singleValued(headers));
    // Whoever was asked may have given the call up.
    if (this.#isOver) return;
    try {
      if (!isOnlyChunked(headers)) throw new Error(`transfer encoding ${headers['transfer-encoding']}`);
      const { clientStallMs } = this.#gateway.timeouts;
      const head = { status, statusText, headers };
      this.#answer = ForwardedAnswer.begin(this.#forwarded, head, edits, controller, clientStallMs);
    } catch (error) {
      const { id } = this.#forwarded;
      this.#gateway.log.warn('the answer cannot be passed on', { request: id, ...this.#where(), error: String(error) });
      this.#end({ error }, BAD_ANSWER);
      controller.abort(UNWANTED);
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#isStale(controller)) this.#answer!.push(chunk);
  }

  onResponseEnd(controller: Dispatcher.DispatchController, trailers: IncomingHttpHeaders): void {
    if (this.#isStale(controller)) return;
    const answer = this.#answer!;
    answer.read();
    // The last that was read may have told a plugin enough to give the call up.
    if (this.#isOver) return;
    const metadata = this.#call.complete(answer.usage);
    answer.end(trailers);
    this.#end({});
    this.#tell(metadata);
  }

  onResponseError(controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.#isStale(controller)) return;
    if (this.#answer === undefined) {
      this.#unanswered(error);
      return;
    }
    if (this.#answer.isWholeDespite(error)) {
      this.onResponseEnd(this.#upstream!, {});
      return;
    }
    const { id } = this.#forwarded;
    this.#gateway.log.warn('the answer broke off', { request: id, ...this.#where(), error: errorCode(error) });
    this.#answer.cut();
    this.#end({ error });
  }

  #isStale(controller: Dispatcher.DispatchController | undefined): boolean {
    return this.#isOver || (controller ?? undefined) !== this.#upstream;
  }

  #unanswered(error: Error): void {
    if (isUnsendable(error)) {
      this.#end({ error }, UNSENDABLE);
      return;
    }
    const failure = upstreamFailure(error, this.#upstream !== undefined);
    if (this.#mayRepeatHere(failure, error) || this.#moveOn(failure, `${failure}: ${errorCode(error)}`)) {
      this.attempt();
      return;
    }
    if (this.#isOver) return;
    const { id } = this.#forwarded;
    this.#gateway.log.warn('no model server answered', { request: id, ...this.#where(), error: errorCode(error) });
    this.#end({ error }, unansweredRefusal(failure, error));
  }

  /** A kept-alive connection may be closed just when it is used, which says nothing about the endpoint. */
  #mayRepeatHere(failure: UpstreamFailure, error: Error): boolean {
    if (failure !== 'closed' || this.#isRepeatedHere || !mayHaveBeenIdle(error)) return false;
    this.#isRepeatedHere = true;
    return this.#takeRetry(failure, 0);
  }

  /** Settles for another endpoint. False as well when a plugin gives the call up meanwhile. */
  #moveOn(failure: UpstreamFailure | 'status', why: string): boolean {
    if (!this.#takeRetry(failure, this.#retries)) return false;
    this.#retries++;
    this.#isRepeatedHere = false;
    return this.#call.next(why) !== undefined && !this.#isOver;
  }

  #takeRetry(failure: UpstreamFailure | 'status', used: number): boolean {
    const { api, request } = this.#forwarded;
    return this.#gateway.retries.take(used, failure, api, request.method ?? 'GET');
  }

  #where() {
    const { id, target } = this.#call.decision;
    return { decision: id, endpoint: target.id };
  }

  #end(outcome: Partial<Outcome>, refusal?: Refusal): void {
    this.#isOver = true;
    this.#body = undefined;
    this.#answer?.read();
    const usage = this.#answer?.usage;
    this.#call.end(usage === undefined ? outcome : { ...outcome, usage });
    this.#owner.forwarded(refusal);
  }

  /** There is no proxy behind this one that could be told: what plugins say goes into the log, and to the application. */
  #tell(metadata: ResponseMetadata): void {
    const { log, onComplete } = this.#gateway;
    const { request, response, id } = this.#forwarded;
    if (Object.keys(metadata).length > 0)
      log.info('plugins tell of a request', { request: id, ...this.#where(), metadata });
    if (onComplete === undefined) return;
    const { decision } = this.#call;
    try {
      onComplete({ request, id, decision, httpStatus: response.statusCode, usage: this.#answer?.usage, metadata });
    } catch (error) {
      log.error('onComplete failed', { request: id, error: String(error) });
    }
  }
}

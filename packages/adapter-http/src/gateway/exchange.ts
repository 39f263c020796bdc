import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Call, RequestInput } from '@pointsman/core';
import { type Abandonable, ClientConnection, originForm, pathOf, readBody } from '@pointsman/http-relay';
import { type InferenceApi, type ParsedRequest, type RequestTrace, rewriteModel } from '@pointsman/inference-api';
import { Forwarding, type ForwardingOwner } from './forwarding.ts';
import type { GatewayContext } from './gateway-context.ts';
import { apiOf, readRequest } from './read-request.ts';
import { isInternal, type Refusal, refusalOf, SHUTTING_DOWN, tooLarge } from './refusal.ts';
import type { RenamedModel } from './renamed-model.ts';
import { sendRefusal } from './send-refusal.ts';

/** One request of a client: it is read, understood, placed and forwarded, or refused. */
export class Exchange implements Abandonable, ForwardingOwner {
  readonly #gateway: GatewayContext;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #connection: ClientConnection;
  readonly #target: string;
  readonly #id: string;
  readonly #trace: RequestTrace | undefined;
  #api: InferenceApi | undefined;
  #call: Call | undefined;
  #forwarding: Forwarding | undefined;
  #isOver = false;

  constructor(gateway: GatewayContext, request: IncomingMessage, response: ServerResponse) {
    this.#gateway = gateway;
    this.#request = request;
    this.#response = response;
    this.#target = originForm(request.url);
    const { headers } = request;
    const given = headers['x-request-id'];
    // An empty id would make all such requests one.
    this.#id = typeof given === 'string' && given !== '' ? given : randomUUID();
    headers['x-request-id'] = this.#id;
    this.#trace = gateway.tracing?.begin(headers);
    this.#connection = ClientConnection.of(request.socket);
  }

  get isAnswering(): boolean {
    return this.#response.headersSent;
  }

  begin(): void {
    this.#connection.add(this);
    if (this.#request.socket.destroyed) this.clientGone();
    else readBody(this.#request, this.#gateway.bodyLimit, (body) => this.#place(body));
  }

  #place(body: Buffer | undefined): void {
    // The gateway may have given up, or the client, while the body came.
    if (this.#isOver) return;
    const { parsers, bodyLimit, scheduler } = this.#gateway;
    const path = pathOf(this.#target);
    if (body === undefined) {
      this.#api = apiOf(path, parsers);
      this.#refuse(tooLarge(bodyLimit));
      return;
    }
    let input: RequestInput;
    let sent: Uint8Array;
    let renamed: RenamedModel | undefined;
    try {
      const parsed = readRequest(this.#request, path, body, parsers);
      this.#api = parsed.api;
      input = this.#describe(parsed, path);
      sent = bodyFor(parsed, input);
      renamed = sent === parsed.body ? undefined : renamedBy(parsed, input);
    } catch (error) {
      this.#api ??= apiOf(path, parsers);
      this.#turnAway(error);
      return;
    }
    scheduler.schedule(input, { signal: this.#connection.signal }).then(
      (call) => this.#forward(call, sent, renamed),
      (error: unknown) => this.#turnAway(error),
    );
  }

  #describe(parsed: ParsedRequest, path: string): RequestInput {
    const { amendRequest, priorityOf } = this.#gateway;
    const model = parsed.model ?? '';
    const input: RequestInput = {
      id: this.#id,
      model,
      targetModel: model,
      // Only `set-cookie` is ever a list, and no request has it.
      headers: this.#request.headers as Readonly<Record<string, string | undefined>>,
      path,
      stream: parsed.stream,
      priority: priorityOf?.(this.#request.headers) ?? 0,
      maxOutputTokens: parsed.maxOutputTokens,
      subset: undefined,
      payload: parsed,
    };
    return amendRequest === undefined ? input : amendRequest(input, this.#request);
  }

  #forward(call: Call, body: Uint8Array, renamed: RenamedModel | undefined): void {
    if (this.#isOver) {
      call.end({ status: 'aborted' });
      return;
    }
    this.#call = call;
    const forwarded = {
      request: this.#request,
      response: this.#response,
      id: this.#id,
      target: this.#target,
      api: this.#api ?? 'raw',
      call,
      renamed,
      traceHeaders: this.#trace?.headers,
    };
    this.#forwarding = new Forwarding(this.#gateway, this, forwarded, body);
    this.#forwarding.attempt();
  }

  #turnAway(error: unknown): void {
    if (this.#isOver) return;
    if (isInternal(error)) {
      this.#gateway.log.error('a request could not be placed', { request: this.#id, error: String(error) });
    }
    this.#refuse(refusalOf(error));
  }

  #refuse(refusal: Refusal, isLast = false): void {
    this.#leave();
    // What became of a decision, its call tells.
    if (this.#call === undefined) this.#trace?.refused(refusal.status, refusal.message);
    sendRefusal(refusal, {
      request: this.#request,
      response: this.#response,
      api: this.#api,
      requestId: this.#id,
      decisionId: this.#call?.decision.id,
      isLast,
    });
  }

  forwarded(refusal?: Refusal): void {
    if (refusal === undefined) this.#leave();
    else this.#refuse(refusal);
  }

  /** The client closed its connection: nobody is left to answer to. */
  clientGone(): void {
    if (this.#isOver) return;
    this.#leave();
    if (this.#call === undefined) this.#trace?.refused(499, 'the client has gone');
    this.#forwarding?.abandon('aborted');
  }

  /** The gateway does not wait any longer. An answer that has begun is cut off. */
  giveUp(): void {
    if (this.#isOver) return;
    const { headersSent } = this.#response;
    this.#leave();
    this.#forwarding?.abandon('shutdown');
    if (!headersSent) this.#refuse(SHUTTING_DOWN, true);
  }

  #leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#connection.remove(this);
    this.#gateway.left(this);
  }
}

/** The bytes that came, unless the model server is to be asked for another model. */
function bodyFor(parsed: ParsedRequest, { model = '', targetModel = model }: RequestInput): Uint8Array {
  if (targetModel === model || !parsed.supportsModelRewrite) return parsed.body;
  return rewriteModel(parsed.body, targetModel);
}

/** What the client is to see instead of the model that it has been given; undefined if it did not name one. */
function renamedBy({ model: to }: ParsedRequest, { targetModel: from }: RequestInput): RenamedModel | undefined {
  return to === undefined || from === undefined ? undefined : { from, to };
}

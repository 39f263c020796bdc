import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '@pointsman/core';
import {
  type Abandonable,
  answerHeaders,
  ClientConnection,
  errorCode,
  hasBody,
  originForm,
  pathOf,
} from '@pointsman/http-relay';
import type { AnswerEditor } from '../answer/answer-edit.ts';
import { type Collected, collect, discard } from '../answer/collect.ts';
import { Relay, type RelayOptions } from '../answer/relay.ts';
import { SidecarError, sendError } from '../answer/sidecar-error.ts';
import type { HostPort } from '../request/host-port.ts';
import { legHeaders } from '../request/leg-headers.ts';
import type { SidecarContext } from './sidecar-context.ts';
import type { Stage } from './upstreams.ts';

/** What a prefill may end with and be tried again. */
const RETRIED: ReadonlySet<number> = new Set([502, 503, 504]);

/** Where a call differs from the client's request. */
export interface CallOptions {
  readonly path?: string;
  readonly headers?: readonly string[];
  readonly signal?: AbortSignal;
}

/** A request of a client, and what is sent to model servers for it. */
export class Exchange implements Abandonable {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Path without query. */
  readonly path: string;
  readonly rank: number;
  readonly #context: SidecarContext;
  readonly #connection: ClientConnection;
  /** Path and query. */
  readonly #target: string;
  readonly #abort = new AbortController();
  readonly #added: string[] = [];
  /** What the model server gets when it is to compute the prompt itself. */
  plainBody: Buffer | undefined;

  constructor(context: SidecarContext, request: IncomingMessage, response: ServerResponse, rank: number) {
    this.#context = context;
    this.request = request;
    this.response = response;
    this.rank = rank;
    this.#target = originForm(request.url);
    this.path = pathOf(this.#target);
    this.#connection = ClientConnection.of(request.socket);
    this.#connection.add(this);
    if (request.socket.destroyed) this.clientGone();
  }

  get log(): Logger {
    return this.#context.log;
  }

  /** Aborts when the client has gone, or the sidecar gives up. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get isAnswering(): boolean {
    return this.response.headersSent;
  }

  /** Leaves all model servers that work for the client. */
  clientGone(): void {
    this.#abort.abort();
  }

  /** The request is over. */
  leave(): void {
    this.#connection.remove(this);
  }

  /** The sidecar does not wait any longer: an answer that has begun is cut off, others are a 503. */
  giveUp(): void {
    this.clientGone();
    if (this.response.headersSent) this.response.destroy();
    else sendError(this.response, new SidecarError(503, 'the sidecar is shutting down'));
  }

  /** Has all requests to model servers carry a further header. */
  addHeader(name: string, value: string): void {
    this.#added.push(name, value);
  }

  /**
   * Has a prefiller work, for as long as the client waits.
   * @returns undefined when the prefill failed, and the request is taken care of
   * @throws SidecarError 502 or 504 when the prefiller gives no answer
   */
  async prefill(prefiller: HostPort, body: Buffer): Promise<Collected | undefined> {
    const { retry, metrics } = this.#context;
    const startedMs = performance.now();
    for (let tries = 0; ; tries++) {
      const result = await this.#tryPrefill(prefiller, body);
      const status = result instanceof SidecarError ? result.status : result.status;
      if (RETRIED.has(status) && tries < retry.max && !this.signal.aborted) {
        metrics.prefillRetried();
        await pause(retry.backoffMs, this.signal);
        continue;
      }
      if (this.signal.aborted) throw new SidecarError(499, 'the client has gone');
      const isGood = status >= 200 && status < 300;
      metrics.prefillEnded(isGood ? 'ok' : 'failed', (performance.now() - startedMs) / 1000);
      if (isGood) return result as Collected;
      this.log.warn('a prefill failed', { prefiller: prefiller.text, status });
      await this.#failPrefill(result);
      return undefined;
    }
  }

  async #tryPrefill(prefiller: HostPort, body: Buffer): Promise<Collected | SidecarError> {
    try {
      return await this.call('prefiller', prefiller, body);
    } catch (error) {
      if (error instanceof SidecarError) return error;
      const isLate = errorCode(error) === 'UND_ERR_HEADERS_TIMEOUT' || errorCode(error) === 'UND_ERR_BODY_TIMEOUT';
      const why = isLate ? 'did not answer in time' : 'cannot be reached, or broke off';
      return new SidecarError(isLate ? 504 : 502, `the prefiller ${prefiller.text} ${why}: ${errorCode(error)}`, {
        cause: error,
      });
    }
  }

  async #failPrefill(result: Collected | SidecarError): Promise<void> {
    const { status } = result;
    if (this.#context.prefillFailure === 'decode-only' && (status < 400 || status >= 500)) {
      await this.decode(this.plainBody!);
      return;
    }
    if (result instanceof SidecarError) throw result;
    this.response.writeHead(status, answerHeaders(result.headers, true));
    this.response.end(result.body);
  }

  /** Has a prefiller work whether or not the client waits. What it answers does not matter. */
  startPrefill(prefiller: HostPort, body: Buffer, headers: readonly string[] = []): void {
    const { upstreams, closing, metrics } = this.#context;
    const { agent, scheme } = upstreams.prefiller;
    const startedMs = performance.now();
    agent
      .request({
        origin: `${scheme}://${prefiller.text}`,
        path: this.#target,
        method: 'POST',
        headers: [...this.#legHeaders(true), ...headers],
        body,
        signal: closing,
      })
      .then(async (answer) => {
        await discard(answer);
        return answer.statusCode;
      })
      .then(
        (status) => {
          const isGood = status >= 200 && status < 300;
          metrics.prefillEnded(isGood ? 'ok' : 'failed', (performance.now() - startedMs) / 1000);
          if (!isGood) this.log.warn('a prefill failed', { prefiller: prefiller.text, status });
        },
        (error: unknown) => {
          metrics.prefillEnded('failed', (performance.now() - startedMs) / 1000);
          this.log.warn('a prefill failed', { prefiller: prefiller.text, error: errorCode(error) });
        },
      );
  }

  /** Has the model server of this pod answer the client. @throws SidecarError while the client has received nothing */
  async decode(body: Buffer, editor?: AnswerEditor): Promise<void> {
    await this.#relay(body, this.#legHeaders(editor !== undefined), { editor });
  }

  /**
   * Has the model server of this pod answer the client if it has enough of the prompt cached.
   * @returns false when it declined
   * @throws SidecarError while the client has received nothing
   */
  tryDecode(body: Buffer): Promise<boolean> {
    return this.#relay(body, this.#legHeaders(true), { mayDecline: true });
  }

  /** Lets a request through as it is. @throws SidecarError while the client has received nothing */
  async pass(): Promise<void> {
    const length = this.request.headers['content-length'];
    const sent = this.#legHeaders(false);
    if (!hasBody(this.request)) {
      await this.#relay(null, sent);
      return;
    }
    if (length !== undefined) sent.push('content-length', length);
    await this.#relay(this.request, sent);
  }

  /** Sends a request and reads its whole answer, for as long as the client waits. */
  async call(
    stage: Stage,
    { text }: HostPort,
    body: Buffer,
    { path = this.#target, headers = this.#legHeaders(true), signal = this.signal }: CallOptions = {},
  ): Promise<Collected> {
    const { upstreams, answerBytes } = this.#context;
    const { agent, scheme } = upstreams[stage];
    const answer = await agent.request({
      origin: `${scheme}://${text}`,
      path,
      method: 'POST',
      headers: [...headers],
      body,
      signal,
    });
    return collect(answer, answerBytes);
  }

  async #relay(
    body: Buffer | IncomingMessage | null,
    headers: string[],
    options: Pick<RelayOptions, 'editor' | 'mayDecline'> = {},
  ): Promise<boolean> {
    const { upstreams, modelServer, clientStallMs } = this.#context;
    const { agent, scheme } = upstreams.decoder;
    const relay = new Relay(this.response, { ...options, clientStallMs, signal: this.signal });
    const origin = `${scheme}://${modelServer.host}:${modelServer.port + this.rank}`;
    const method = this.request.method as 'POST';
    agent.dispatch({ origin, path: this.#target, method, headers, body }, relay);
    try {
      return await relay.done;
    } catch (error) {
      throw decodeFailure(error as Error);
    }
  }

  #legHeaders(isAnswerRead: boolean): string[] {
    const headers = legHeaders(this.request, isAnswerRead);
    headers.push(...this.#added);
    return headers;
  }
}

function decodeFailure(error: Error): SidecarError {
  const code = errorCode(error);
  if (code === 'ECONNREFUSED') {
    return new SidecarError(
      503,
      'the model server is not ready: nothing listens on its port (see --model-server-port)',
      {
        cause: error,
      },
    );
  }
  if (code === 'UND_ERR_HEADERS_TIMEOUT') {
    return new SidecarError(504, 'the model server did not answer in time', { cause: error });
  }
  return new SidecarError(502, `the model server cannot be reached, or broke off: ${code}`, { cause: error });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}

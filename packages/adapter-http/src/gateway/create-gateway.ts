import type { IncomingMessage, ServerResponse } from 'node:http';
import { silentLogger } from '@pointsman/core';
import { declaresTooMuch, hasBody, isOnlyChunked, originForm, pathOf } from '@pointsman/http-relay';
import { defaultParsers } from '@pointsman/inference-api';
import { checkOptions } from './check-options.ts';
import { Exchange } from './exchange.ts';
import type { GatewayContext, OpenRequest } from './gateway-context.ts';
import type { GatewayOptions, GatewayTimeouts } from './gateway-options.ts';
import { HealthProbes } from './health-probes.ts';
import { apiOf } from './read-request.ts';
import { BODY_TAKEN, CODING_REFUSED, type Refusal, SHUTTING_DOWN, UPGRADE_REFUSED } from './refusal.ts';
import { RetryPolicy } from './retry-policy.ts';
import { sendRefusal } from './send-refusal.ts';
import { UpstreamPools } from './upstream-pools.ts';

/** Bytes of a request body that are accepted unless `limits.bodyBytes` says otherwise. */
export const DEFAULT_BODY_LIMIT: number = 32 * 1024 * 1024;

const DEFAULT_TIMEOUTS: Required<GatewayTimeouts> = {
  connectMs: 5_000,
  headersMs: 600_000,
  idleMs: 300_000,
  clientStallMs: 60_000,
};

/** Forwards requests to the endpoints that a scheduler picks. */
export interface Gateway {
  /** Takes one request, for `node:http` and everything that is built on it. Nobody may have read its body. */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void;
  /** Requests that run now. */
  readonly openRequests: number;
  /** Why the readiness probe fails; undefined when it does not. */
  whyNotReady(): string | undefined;
  /** Whether a request says that its body is over the limit: then it need not be sent at all (`Expect: 100-continue`). */
  declaresTooMuch(request: IncomingMessage): boolean;
  /** Fails the readiness probe, so that no more traffic is sent here; what comes is still served. */
  drain(): void;
  /**
   * Refuses new requests, waits for those that run, and cuts off what is left after `graceMs` (default 30,000). Then
   * closes the connections to model servers. The scheduler stays open.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/** Makes a gateway: the same core for every entry point. @throws PointsmanError CONFIG_INVALID */
export function createGateway(options: GatewayOptions): Gateway {
  checkOptions(options);
  return new HttpGateway(options);
}

class HttpGateway implements Gateway {
  readonly handler: Gateway['handler'] = (request, response) => this.#handle(request, response);
  readonly #context: GatewayContext;
  readonly #probes: HealthProbes;
  readonly #hasProbes: boolean;
  readonly #open = new Set<OpenRequest>();
  #isClosed = false;
  #onIdle: (() => void) | undefined;

  constructor(options: GatewayOptions) {
    const { scheduler, health } = options;
    const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
    this.#hasProbes = health !== false;
    this.#probes = new HealthProbes(scheduler, health === false ? {} : health);
    this.#context = {
      scheduler,
      timeouts,
      parsers: options.parsers ?? defaultParsers,
      bodyLimit: options.limits?.bodyBytes ?? DEFAULT_BODY_LIMIT,
      retries: new RetryPolicy(options.retry),
      upstreams: new UpstreamPools(scheduler, timeouts, options.upstream),
      priorityOf: options.priorityOf,
      amendRequest: options.amendRequest,
      onComplete: options.onComplete,
      tracing: options.tracing,
      log: options.log ?? silentLogger,
      left: (request) => this.#left(request),
    };
  }

  get openRequests(): number {
    return this.#open.size;
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    if (this.#hasProbes && this.#probes.answer(request, response)) return;
    const refusal = this.#refusalFor(request);
    if (refusal !== undefined) {
      this.#refuse(refusal, request, response);
      return;
    }
    const exchange = new Exchange(this.#context, request, response);
    this.#open.add(exchange);
    this.#context.retries.admit();
    exchange.begin();
  }

  #refusalFor(request: IncomingMessage): Refusal | undefined {
    if (this.#isClosed) return SHUTTING_DOWN;
    // Other protocols that are offered (`h2c`) may be ignored; a client that wants a WebSocket can do nothing else.
    if (request.headers.upgrade?.toLowerCase() === 'websocket') return UPGRADE_REFUSED;
    if (!isOnlyChunked(request.headers)) return CODING_REFUSED;
    return request.readableEnded && hasBody(request) ? BODY_TAKEN : undefined;
  }

  #refuse(refusal: Refusal, request: IncomingMessage, response: ServerResponse): void {
    const api = apiOf(pathOf(originForm(request.url)), this.#context.parsers);
    sendRefusal(refusal, { request, response, api, isLast: this.#isClosed });
  }

  #left(request: OpenRequest): void {
    this.#open.delete(request);
    if (this.#open.size === 0) this.#onIdle?.();
  }

  whyNotReady(): string | undefined {
    return this.#probes.whyNotReady();
  }

  declaresTooMuch(request: IncomingMessage): boolean {
    return declaresTooMuch(request, this.#context.bodyLimit);
  }

  drain(): void {
    this.#probes.isDraining = true;
  }

  async close({ graceMs = 30_000 }: { readonly graceMs?: number } = {}): Promise<void> {
    this.drain();
    this.#isClosed = true;
    if (this.#open.size > 0) await this.#idleWithin(graceMs);
    for (const request of this.#open) request.giveUp();
    await this.#context.upstreams.close();
  }

  #idleWithin(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

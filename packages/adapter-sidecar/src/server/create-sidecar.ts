import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { PointsmanError, silentLogger } from '@pointsman/core';
import { answerClientErrors, isOnlyChunked, Listener } from '@pointsman/http-relay';
import { SidecarError, sendError, vllmError } from '../answer/sidecar-error.ts';
import { createConnector } from '../connectors/create-connector.ts';
import { isSplit } from '../request/api.ts';
import { addressOf, rankOf } from '../request/rank.ts';
import { type RoutingOptions, routingOf } from '../request/routing.ts';
import { anyHost } from './allowed-hosts.ts';
import { checkOptions } from './check-options.ts';
import { Exchange } from './exchange.ts';
import type { SidecarContext } from './sidecar-context.ts';
import { SidecarMetrics } from './sidecar-metrics.ts';
import type { SidecarOptions } from './sidecar-options.ts';
import { split } from './split.ts';
import { Upstreams } from './upstreams.ts';

const HEALTH_PATH = '/health';
/** As much as the reference takes. */
const HEADER_BYTES = 1024 * 1024;
/** How long the last answers may be on their way. */
const LAST_ANSWERS_MS = 1_000;

/** Where a sidecar listens. */
export interface SidecarAddress {
  readonly host?: string;
  /** Of rank 0; further ranks follow. 0 for free ports, which then do not follow one another. */
  readonly port: number;
  /** Speaks TLS with this certificate. */
  readonly tls?: SecureContextOptions;
}

/** A sidecar in front of a model server. */
export interface Sidecar {
  /** Listens. @returns the URL of every rank @throws what listening throws; nothing listens then */
  listen(address: SidecarAddress): Promise<readonly string[]>;
  /** The listeners, one a rank; empty before `listen`. */
  readonly servers: readonly Server[];
  /** Requests that run now. */
  readonly openRequests: number;
  /** Fails the health probe from now on, and still serves. */
  drain(): void;
  /** Stops to listen, lets requests finish for `graceMs` (default 60,000), and cuts off the rest. */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/** Makes a sidecar. @throws PointsmanError CONFIG_INVALID for options that cannot be */
export function createSidecar(options: SidecarOptions): Sidecar {
  checkOptions(options);
  const { dataParallelSize = 1, podIp, kvConnector = 'nixlv2', encoderConnector, p2pPort = 7777 } = options;
  const log = options.log ?? silentLogger;
  const metrics = new SidecarMetrics(options.metrics);
  const upstreams = new Upstreams(options);
  const closing = new AbortController();
  const { connector, close: closeConnector } = createConnector(kvConnector, options);
  const context: SidecarContext = {
    modelServer: { host: options.modelServer.host ?? 'localhost', port: options.modelServer.port },
    upstreams,
    retry: { max: options.prefillRetry?.max ?? 0, backoffMs: options.prefillRetry?.backoffMs ?? 200 },
    prefillFailure: options.prefillFailure ?? 'error',
    answerBytes: options.limits?.answerBytes ?? 32 * 1024 * 1024,
    clientStallMs: options.timeouts?.clientStallMs ?? 60_000,
    metrics,
    log,
    closing: closing.signal,
  };
  const routingOptions: RoutingOptions = {
    allowedHosts: options.allowedHosts ?? anyHost,
    hasEncoders: encoderConnector !== undefined,
    canPull: kvConnector === 'offloading' || (kvConnector === 'nixlv2' && options.p2pPull === true),
    prefillerSampling: options.prefillerSampling === true,
    random: options.random ?? Math.random,
    metrics,
  };
  const splitOptions = {
    connector,
    encoderConnector,
    p2pPort,
    bodyBytes: options.limits?.bodyBytes ?? 32 * 1024 * 1024,
  };
  const exchanges = new Set<Exchange>();
  const listeners: Listener[] = [];
  let basePort = 0;
  let isDraining = false;
  let whenIdle: (() => void) | undefined;

  /** Whether it was split. */
  async function serve(exchange: Exchange, request: IncomingMessage): Promise<boolean> {
    if (request.method !== 'POST' || !isSplit(exchange.path)) {
      await exchange.pass();
      return false;
    }
    const routing = routingOf(request, routingOptions);
    const { prefiller, encoders, source } = routing;
    const isOwn = podIp !== undefined && source?.text === addressOf(podIp, basePort + exchange.rank);
    if (prefiller === undefined && encoders.length === 0 && (source === undefined || isOwn)) {
      await exchange.pass();
      return false;
    }
    await split(exchange, routing, splitOptions);
    return true;
  }

  async function handle(request: IncomingMessage, response: ServerResponse, listenerRank: number): Promise<void> {
    if (request.url === HEALTH_PATH && (request.method === 'GET' || request.method === 'HEAD')) {
      response.writeHead(isDraining ? 503 : 200).end();
      return;
    }
    const ended = metrics.begun();
    let served: 'passed' | 'split' = 'passed';
    let exchange: Exchange | undefined;
    try {
      const rank = rankOf(request, listenerRank, { podIp, basePort, size: dataParallelSize });
      exchange = new Exchange(context, request, response, rank);
      exchanges.add(exchange);
      if (!isOnlyChunked(request.headers)) {
        throw new SidecarError(501, 'the only transfer encoding that is supported is "chunked"');
      }
      if (await serve(exchange, request)) served = 'split';
    } catch (error) {
      if (!(error instanceof SidecarError)) log.error('a request failed', { error: (error as Error).stack });
      const failure = error instanceof SidecarError ? error : new SidecarError(500, 'the sidecar failed; see its log');
      sendError(response, failure);
    } finally {
      ended(served, exchange?.signal.aborted === true ? 499 : response.statusCode);
      exchange?.leave();
      if (exchange !== undefined) exchanges.delete(exchange);
      if (exchanges.size === 0) whenIdle?.();
    }
  }

  async function open(rank: number, { host, port, tls }: SidecarAddress): Promise<string> {
    const http = { keepAliveTimeout: 300_000, headersTimeout: 30_000, requestTimeout: 0, maxHeaderSize: HEADER_BYTES };
    const server = tls === undefined ? createHttpServer(http) : createHttpsServer({ ...http, ...tls });
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void handle(request, response, rank));
    answerClientErrors(server, vllmError);
    const listener = new Listener(server);
    const url = await listener.listen(port === 0 ? 0 : port + rank, host);
    listeners.push(listener);
    return url;
  }

  return {
    get servers() {
      return listeners.map(({ server }) => server);
    },
    get openRequests() {
      return exchanges.size;
    },
    async listen(address) {
      if (listeners.length > 0) throw new PointsmanError('CONFIG_INVALID', 'the sidecar listens already');
      const urls: string[] = [];
      try {
        for (let rank = 0; rank < dataParallelSize; rank++) {
          urls.push(await open(rank, address));
          if (rank === 0) basePort = (listeners[0]!.server.address() as AddressInfo).port;
        }
      } catch (error) {
        for (const listener of listeners) listener.stop();
        await Promise.all(listeners.splice(0).map((listener) => listener.close(0)));
        throw error;
      }
      return urls;
    },
    drain() {
      isDraining = true;
    },
    async close({ graceMs = 60_000 } = {}) {
      isDraining = true;
      for (const listener of listeners) listener.stop();
      if (exchanges.size > 0) {
        const timer = setTimeout(() => whenIdle?.(), graceMs);
        await new Promise<void>((resolve) => {
          whenIdle = resolve;
        });
        clearTimeout(timer);
      }
      for (const exchange of exchanges) exchange.giveUp();
      await Promise.all(listeners.map((listener) => listener.close(LAST_ANSWERS_MS)));
      closing.abort();
      await Promise.all([upstreams.close(), closeConnector()]);
    },
  };
}

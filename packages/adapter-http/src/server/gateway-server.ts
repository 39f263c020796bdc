import { createServer, type Server } from 'node:http';
import { answerClientErrors, Listener } from '@pointsman/http-relay';
import { errorBody } from '@pointsman/inference-api';
import { createGateway, type Gateway } from '../gateway/create-gateway.ts';
import type { GatewayOptions } from '../gateway/gateway-options.ts';

/** What a gateway with a listener of its own is made of. */
export interface GatewayServerOptions extends GatewayOptions {
  readonly http?: {
    /** How long an idle client connection is kept, in milliseconds. Longer than the proxy in front does. Default 75,000. */
    readonly keepAliveMs?: number;
    /** How long a client may take to send a request, in milliseconds. Default 300,000. */
    readonly requestMs?: number;
    /** Bytes of all headers of a request together; more get 431. Default 16 KiB. */
    readonly headerBytes?: number;
  };
}

/** A gateway behind `node:http`. */
export interface GatewayServer {
  readonly gateway: Gateway;
  /** For what is not offered here, such as TLS in front of `gateway.handler`. */
  readonly server: Server;
  /**
   * Listens, then starts the scheduler. The readiness probe fails until that is done.
   * @param address default: a free port on all addresses
   * @throws what the scheduler's start or the listening throws; nothing listens then
   */
  listen(address?: { readonly port?: number; readonly host?: string }): Promise<{ readonly url: string }>;
  /**
   * Fails the readiness probe for `drainMs` (default 0) while it still serves, then stops to listen, lets requests finish
   * for `graceMs` (default 30,000), and cuts off the rest.
   */
  close(options?: { readonly drainMs?: number; readonly graceMs?: number }): Promise<void>;
}

/** Makes a gateway with a listener of its own. */
export function createGatewayServer(options: GatewayServerOptions): GatewayServer {
  let isStarted = false;
  const { health, http = {} } = options;
  const isReady = () => isStarted && (health === false || (health?.isReady?.() ?? true));
  const gateway = createGateway({ ...options, health: health === false ? false : { ...health, isReady } });
  const server = createServer({
    keepAliveTimeout: http.keepAliveMs ?? 75_000,
    requestTimeout: http.requestMs ?? 300_000,
    maxHeaderSize: http.headerBytes ?? 16 * 1024,
  });
  server.on('request', gateway.handler);
  server.on('checkContinue', (request, response) => {
    if (!gateway.declaresTooMuch(request)) response.writeContinue();
    gateway.handler(request, response);
  });
  answerClientErrors(server, (error) => errorBody(undefined, error));
  const listener = new Listener(server);
  return {
    gateway,
    server,
    async listen({ port = 0, host } = {}) {
      const url = await listener.listen(port, host);
      try {
        await options.scheduler.start();
      } catch (error) {
        listener.stop();
        await listener.close(0);
        throw error;
      }
      isStarted = true;
      return { url };
    },
    async close({ drainMs = 0, graceMs = 30_000 } = {}) {
      gateway.drain();
      if (drainMs > 0) await new Promise((resolve) => setTimeout(resolve, drainMs));
      listener.stop();
      const deadline = performance.now() + graceMs;
      await gateway.close({ graceMs });
      // What was answered may still be on its way to slow clients.
      await listener.close(Math.max(0, deadline - performance.now()));
    },
  };
}

import { createServer, type Server } from 'node:http';
import { isIPv4 } from 'node:net';
import { silentLogger } from '@pointsman/core';
import { listen } from '@pointsman/http-relay';
import type { AdminOptions } from './admin-options.ts';
import { createAdmin } from './create-admin.ts';

/** The admin API with a listener of its own. */
export interface AdminServer {
  readonly server: Server;
  /** Where the live page is; empty while nothing listens. */
  readonly url: string;
  /**
   * Listens.
   * @param address default: a free port on 127.0.0.1
   * @returns the URL of the live page
   */
  listen(address?: { readonly port?: number; readonly host?: string }): Promise<{ readonly url: string }>;
  /** Ends live streams, stops to listen and cuts off what runs. The scheduler stays open. */
  close(): Promise<void>;
}

/** Makes an admin listener. @throws RangeError when the token is empty */
export function createAdminServer(options: AdminOptions): AdminServer {
  const admin = createAdmin(options);
  const log = options.log ?? silentLogger;
  const server = createServer({ requestTimeout: 60_000, maxHeaderSize: 16 * 1024 }, admin.handler);
  let url = '';
  return {
    server,
    get url() {
      return url;
    },
    async listen({ port = 0, host = '127.0.0.1' } = {}) {
      url = await listen(server, port, host);
      if (options.token === undefined && !isLoopback(host)) {
        log.warn(`the admin listener is open to everybody who can reach ${host}: give it a token`);
      }
      return { url };
    },
    async close() {
      admin.close();
      url = '';
      if (!server.listening) return;
      const isClosed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await isClosed;
    },
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

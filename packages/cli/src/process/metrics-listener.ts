import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Telemetry } from '@pointsman/telemetry';

/** Serves `/metrics` in Prometheus text format, or in that of OpenMetrics when it is asked for, and nothing else. */
export interface MetricsListener {
  readonly server: Server;
  readonly port: number;
  close(): Promise<void>;
}

/** A scraper that does not read for so long is given up. */
const STALL_MS = 60_000;

/** @throws the error of `listen`, such as EADDRINUSE */
export async function listenMetrics(telemetry: Telemetry, host: string, port: number): Promise<MetricsListener> {
  const server = createServer({ requestTimeout: 10_000 }, async ({ method, url, headers }, response) => {
    if (url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    if (method !== 'GET' && method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
      return;
    }
    const { contentType, pieces } = telemetry.page(headers.accept);
    response.writeHead(200, { 'content-type': contentType, vary: 'accept' });
    if (method === 'HEAD') response.end();
    // Who does not read, or leaves, lets no more of the page be made. A page that fails breaks off.
    else await pipeline(Readable.from(pieces), response).catch(() => response.destroy());
  });
  server.setTimeout(STALL_MS);
  server.listen(port, host);
  await once(server, 'listening');
  return {
    server,
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

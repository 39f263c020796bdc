import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { listen } from './listen.ts';

/** How often connections are closed that have become idle. */
const SWEEP_MS = 20;

/** A server that can stop while answers are on their way. Made before the server listens. */
export class Listener {
  readonly server: Server;
  readonly #connections = new Set<Socket>();
  #closed: Promise<unknown> = Promise.resolve();

  constructor(server: Server) {
    this.server = server;
    server.on('connection', (socket: Socket) => {
      this.#connections.add(socket);
      socket.once('close', () => this.#connections.delete(socket));
    });
  }

  /** Listens on `host`, default all addresses. @returns the URL @throws what listening throws */
  listen(port: number, host?: string): Promise<string> {
    return listen(this.server, port, host);
  }

  /** Takes no more connections, and ends those that carry nothing. Requests go on. */
  stop(): void {
    this.#closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeIdleConnections();
    // Those that never sent anything count as busy for Node.
    for (const socket of this.#connections) if (socket.bytesRead === 0) socket.destroy();
  }

  /** After `stop`: waits until what was answered has reached its clients, and cuts off what is left after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    const sweep = setInterval(() => this.server.closeIdleConnections(), SWEEP_MS);
    const cut = setTimeout(() => {
      for (const socket of this.#connections) socket.destroy();
    }, graceMs);
    this.server.closeIdleConnections();
    await this.#closed;
    clearInterval(sweep);
    clearTimeout(cut);
  }
}

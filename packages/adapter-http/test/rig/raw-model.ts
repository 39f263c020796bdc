import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** A model server that writes bytes of the test's choice, valid HTTP or not. */
export class RawModel {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Requests that came, as far as their headers. */
  count = 0;

  private constructor(onRequest: (socket: Socket, count: number) => void) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('data', (data) => {
        if (data.includes(' HTTP/1.1\r\n')) onRequest(socket, ++this.count);
      });
    });
  }

  /** @param onRequest is called for every request, with how many there have been */
  static async start(onRequest: (socket: Socket, count: number) => void): Promise<RawModel> {
    const model = new RawModel(onRequest);
    model.#server.listen(0, '127.0.0.1');
    await once(model.#server, 'listening');
    return model;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

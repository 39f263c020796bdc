import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import {
  createServer as createHttp2Server,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';

/** A request as it reached a model server. */
export interface Arrival {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly trailers: IncomingHttpHeaders;
}

export type Answer = (arrival: Arrival, response: ServerResponse) => void;

const OK: Answer = (_arrival, response) => {
  response.setHeader('content-type', 'application/json');
  response.end('{"object":"chat.completion","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}');
};

/** A model server whose answers the test makes. It keeps what reached it. */
export class ModelServer implements AsyncDisposable {
  readonly arrivals: Arrival[] = [];
  answer: Answer = OK;
  readonly #server: Server | Http2Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server | Http2Server) {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get last(): Arrival | undefined {
    return this.arrivals.at(-1);
  }

  /** @param options.http2 speaks HTTP/2 only, as gRPC servers do */
  static async start({ http2 = false } = {}): Promise<ModelServer> {
    const server = http2 ? createHttp2Server() : createServer();
    const model = new ModelServer(server);
    server.on('request', (request: Http2ServerRequest, response: Http2ServerResponse) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const { method, url, headers, trailers } = request;
        const arrival: Arrival = { method, url, headers, body: Buffer.concat(parts), trailers: { ...trailers } };
        model.arrivals.push(arrival);
        model.answer(arrival, response as unknown as ServerResponse);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return model;
  }

  /** Breaks all connections; nobody listens here any more. */
  async die(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.die();
  }
}

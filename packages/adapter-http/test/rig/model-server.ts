import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Inbox } from './inbox.ts';

/** A request that a model server has received whole, to be answered by the test. */
export interface Received {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Buffer;
  /** Resolves when the connection or the answer has ended. */
  readonly closed: Promise<unknown>;
}

/** Answers a request by itself. */
export type Answer = (received: Received) => void;

/** A model server under the control of a test: what arrives waits in `next()`, unless an `answer` is set. */
export class ModelServer {
  readonly #server: Server;
  readonly #inbox = new Inbox<Received>();
  readonly #sockets = new Set<Socket>();
  /** When set, answers every request that comes. */
  answer: Answer | undefined;
  /** Requests so far. */
  count = 0;
  /** Connections so far. */
  connections = 0;

  private constructor(answer: Answer | undefined) {
    this.answer = answer;
    this.#server = createServer({ keepAliveTimeout: 0 }, (request, response) => this.#take(request, response));
    this.#server.on('connection', (socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(answer?: Answer): Promise<ModelServer> {
    const model = new ModelServer(answer);
    model.#server.listen(0, '127.0.0.1');
    await once(model.#server, 'listening');
    return model;
  }

  get url(): string {
    return `http://${this.hostPort}`;
  }

  get hostPort(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The next request that nobody took yet. */
  next(): Promise<Received> {
    return this.#inbox.take();
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    this.count++;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const closed = once(response, 'close');
      const received = { request, response, body: Buffer.concat(chunks), closed };
      if (this.answer === undefined) this.#inbox.put(received);
      else this.answer(received);
    });
  }

  /** Ends all connections at once, as a crash does. */
  crash(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';

/** A request that ends when its client goes away. */
export interface Abandonable {
  /** Whether its answer has begun. */
  readonly isAnswering: boolean;
  clientGone(): void;
}

const connections = new WeakMap<Socket, ClientConnection>();

/**
 * One client connection. It is watched once for all requests that come over it, because `close` of a response is not
 * emitted for those that wait behind another one (pipelining), and because one `AbortSignal` then serves them all.
 */
export class ClientConnection {
  readonly #controller = new AbortController();
  readonly #requests = new Set<Abandonable>();
  /** Whether its last answer was given though the client still sends; what comes is not looked at. */
  hasLastAnswer = false;

  private constructor(socket: Socket) {
    setMaxListeners(0, this.#controller.signal);
    socket.once('close', () => this.#onClose());
  }

  static of(socket: Socket): ClientConnection {
    let connection = connections.get(socket);
    if (connection === undefined) {
      connection = new ClientConnection(socket);
      connections.set(socket, connection);
    }
    return connection;
  }

  /** Aborts when the connection is closed. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether the answer to a request that is not over has begun. */
  get isAnswering(): boolean {
    for (const request of this.#requests) if (request.isAnswering) return true;
    return false;
  }

  add(request: Abandonable): void {
    this.#requests.add(request);
  }

  remove(request: Abandonable): void {
    this.#requests.delete(request);
  }

  #onClose(): void {
    // The requests first: they end their calls with what is known of them, before the signal ends whatever is left.
    for (const request of this.#requests) request.clientGone();
    this.#requests.clear();
    this.#controller.abort();
  }
}

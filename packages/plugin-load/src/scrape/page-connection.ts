import type { Socket } from 'node:net';
import type { Answer } from './answer.ts';
import { openSocket } from './open-socket.ts';
import type { PageHost } from './page-host.ts';
import { ResponseReader } from './response-reader.ts';
import { ScrapeError } from './scrape-error.ts';

/** Who waits for an answer. Hears exactly one of these for each request, unless the connection is destroyed before. */
export interface Asker {
  answered(answer: Answer): void;
  /** @param wasIdle the connection was lost before anything of the answer came, after others had been answered on it */
  failed(error: Error, wasIdle: boolean): void;
}

/** A page larger than this is refused. */
const MAX_BYTES = 8 * 1024 * 1024;
const CONNECT_TIMEOUT_MS = 1000;

/** One connection to an endpoint, from its opening to its end. One request at a time. */
export class PageConnection {
  readonly #socket: Socket;
  readonly #reader = new ResponseReader(MAX_BYTES);
  #request = '';
  #asker: Asker | undefined;
  #isConnected = false;
  #isOpen = true;
  #hasAnswered = false;

  /** Begins to connect. @throws whatever is wrong with the certificates */
  constructor(host: PageHost) {
    const socket = openSocket(host, (bytes, length) => this.#onBytes(bytes, length));
    this.#socket = socket;
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => {
      // When it is this process that was held up, the connection may be there and not be seen yet.
      setImmediate(() => {
        if (this.#isConnected) return;
        this.#fail(new ScrapeError(`no connection to ${host.origin} within ${CONNECT_TIMEOUT_MS} ms`));
      });
    });
    socket.on(host.tls === undefined ? 'connect' : 'secureConnect', () => this.#onConnect());
    socket.on('end', () => this.#onEnd());
    // Stays for good: what is wrong with a connection that nobody needs any more must not end the process.
    socket.on('error', (error) => this.#fail(told(error, host.origin)));
    socket.on('close', () => this.#fail(new ScrapeError(`the connection to ${host.origin} was closed`)));
  }

  /** True when a request can be sent, or will be once it is connected. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Sends a request, of Latin-1 letters. Only when the connection is open and the request before has its answer. */
  ask(request: string, asker: Asker): void {
    this.#asker = asker;
    this.#request = request;
    this.#socket.ref();
    if (this.#isConnected) this.#socket.write(request, 'latin1');
  }

  /** Whoever waits for an answer hears nothing more. */
  destroy(): void {
    this.#asker = undefined;
    this.#isOpen = false;
    this.#socket.destroy();
  }

  #onConnect(): void {
    this.#socket.setTimeout(0);
    this.#isConnected = true;
    if (this.#asker !== undefined) this.#socket.write(this.#request, 'latin1');
  }

  #onBytes(bytes: Buffer, length: number): void {
    if (this.#asker === undefined) {
      // Nobody has asked. What else such a server says cannot be told apart from the next answer.
      this.destroy();
      return;
    }
    let read: number;
    try {
      read = this.#reader.read(bytes, length);
    } catch (error) {
      this.#fail(error as Error);
      return;
    }
    if (this.#reader.isComplete) this.#complete(this.#reader.persists && read === length);
  }

  #onEnd(): void {
    if (this.#asker === undefined) {
      this.destroy();
      return;
    }
    try {
      this.#reader.end();
    } catch (error) {
      this.#fail(error as Error);
      return;
    }
    this.#complete(false);
  }

  #complete(persists: boolean): void {
    const asker = this.#asker!;
    const answer = this.#reader.take();
    this.#asker = undefined;
    this.#hasAnswered = true;
    // An idle connection does not keep the process alive.
    if (persists) this.#socket.unref();
    else this.destroy();
    asker.answered(answer);
  }

  #fail(error: Error): void {
    const asker = this.#asker;
    const wasIdle = this.#hasAnswered && !this.#reader.hasBegun;
    this.destroy();
    asker?.failed(error, wasIdle);
  }
}

/** An error with a message: one for all addresses of a name has none of its own. */
function told(error: Error, origin: string): Error {
  if (error.message !== '' || !(error instanceof AggregateError)) return error;
  const messages = error.errors.map((each) => (each as Error).message).join(', ');
  return new ScrapeError(`no connection to ${origin}: ${messages}`, { cause: error });
}

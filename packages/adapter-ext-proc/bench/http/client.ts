import { createConnection, type Socket } from 'node:net';
import { MessageReader } from './message-reader.ts';
import type { RequestSource } from './request-source.ts';

/** One request that was answered, or was not. */
export interface Sample {
  /** Until the first byte of the answer's body. */
  readonly ttftMs: number;
  /** Until its last byte. */
  readonly durationMs: number;
  /** Why it does not count; absent for a 200 that came to its end. */
  readonly failure?: string;
}

/** A connection that sends one request at a time. Made anew for the next request after it broke. */
export class Client {
  readonly #port: number;
  #socket: Socket | undefined;
  #startedMs = 0;
  #firstByteMs = 0;
  #failure: string | undefined;
  #answerBytes = 0;
  #settle: ((sample: Sample) => void) | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  send(source: RequestSource): Promise<Sample> {
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#failure = undefined;
      this.#answerBytes = source.answerBytes;
      this.#socket ??= this.#connect();
      const [head, tail] = source.next();
      this.#startedMs = this.#firstByteMs = performance.now();
      this.#socket.cork();
      this.#socket.write(head);
      this.#socket.write(tail);
      this.#socket.uncork();
    });
  }

  /** A request that is under way has failed then. */
  close(): void {
    this.#socket?.destroy();
  }

  #connect(): Socket {
    const socket = createConnection({ port: this.#port, host: '127.0.0.1', noDelay: true });
    const reader = new MessageReader({
      head: (text) => {
        const status = text.slice(9, 12);
        if (status !== '200') this.#failure = `status ${status}`;
      },
      bodyBegins: () => {
        this.#firstByteMs = performance.now();
      },
      end: (bodyBytes) => {
        if (bodyBytes !== this.#answerBytes) this.#failure ??= `${bodyBytes} bytes of ${this.#answerBytes}`;
        this.#end();
      },
    });
    let error = 'the connection ended';
    socket
      .on('data', (bytes) => reader.push(bytes))
      .on('error', ({ message }) => {
        error = message;
      })
      .on('close', () => {
        this.#socket = undefined;
        this.#failure ??= error;
        this.#end();
      });
    return socket;
  }

  #end(): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.({
      ttftMs: this.#firstByteMs - this.#startedMs,
      durationMs: performance.now() - this.#startedMs,
      ...(this.#failure !== undefined && { failure: this.#failure }),
    });
  }
}

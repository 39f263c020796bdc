import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection on which a test writes and reads bytes as it likes. */
export class RawConnection {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
  #received = '';
  #onMore: (() => void) | undefined;
  #hasEnded = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('data', (chunk) => {
      this.#received += chunk.toString('latin1');
      this.#onMore?.();
    });
    const end = () => {
      this.#hasEnded = true;
      this.#onMore?.();
    };
    socket.on('error', () => {});
    socket.on('end', end).on('close', end);
  }

  static async open(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  get received(): string {
    return this.#received;
  }

  write(data: string | Uint8Array): void {
    this.socket.write(data);
  }

  /** Everything received as soon as it holds `text`. @throws when the connection ends before */
  async until(text: string): Promise<string> {
    while (!this.#received.includes(text)) {
      if (this.#hasEnded) throw new Error(`the connection ended without ${JSON.stringify(text)}: ${this.#received}`);
      await new Promise<void>((resolve) => {
        this.#onMore = resolve;
      });
    }
    return this.#received;
  }

  /** Everything received, at the end of the connection. */
  async whole(): Promise<string> {
    await this.closed;
    return this.#received;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }
}

import type { ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { Dispatcher } from 'undici';

/**
 * Hands an answer to the client piece by piece, no faster than it reads. While the client's buffers are full the model
 * server's connection is not read, so that no more of an answer is in memory than these buffers hold.
 */
export class ClientWriter {
  readonly #response: ServerResponse;
  readonly #source: Dispatcher.DispatchController;
  readonly #stallMs: number;
  #hasBody = false;
  #isDelimited = false;
  #isWatching = false;
  #stallTimer: NodeJS.Timeout | undefined;

  constructor(response: ServerResponse, source: Dispatcher.DispatchController, stallMs: number) {
    this.#response = response;
    this.#source = source;
    this.#stallMs = stallMs;
  }

  /**
   * Sends the headers without waiting for the body, but together with what came with them.
   * @param length the value of `content-length`, if there is one
   * @throws when Node refuses a header
   */
  begin(status: number, statusText: string, headers: string[], length: string | undefined): void {
    this.#response.writeHead(status, statusText, headers);
    this.#isDelimited = length !== undefined || this.#response.chunkedEncoding;
    process.nextTick(flushUnlessWritten, this);
  }

  write(chunk: Buffer): void {
    this.#hasBody = true;
    if (!this.#response.write(chunk)) this.#pause();
  }

  /** The answer is whole. What the client has not read yet is still bound to the stall timeout. */
  end(): void {
    this.#hasBody = true;
    const response = this.#response;
    response.end();
    if (response.writableLength === 0) this.stop();
    else {
      this.#expectProgress();
      response.once('close', () => this.stop());
    }
  }

  /**
   * The answer will never be whole, and the client must notice: what is there is sent, and the connection ends without
   * the last chunk or the missing bytes. An answer that the end of the connection would complete is reset instead.
   */
  cut(): void {
    const { socket } = this.#response;
    if (socket === null || (!this.#isDelimited && socket instanceof TLSSocket)) this.#response.destroy();
    else if (this.#isDelimited) {
      this.#expectProgress();
      socket.once('close', () => this.stop()).destroySoon();
    } else socket.resetAndDestroy();
  }

  /** Stops to watch the client. */
  stop(): void {
    clearTimeout(this.#stallTimer);
  }

  flush(): void {
    if (!this.#hasBody && !this.#response.destroyed) this.#response.flushHeaders();
  }

  #pause(): void {
    this.#source.pause();
    if (!this.#isWatching) {
      this.#isWatching = true;
      this.#response.on('drain', () => this.#resume());
    }
    this.#expectProgress();
  }

  #expectProgress(): void {
    if (this.#stallMs === 0) return;
    clearTimeout(this.#stallTimer);
    this.#stallTimer = setTimeout(() => this.#response.destroy(), this.#stallMs).unref();
  }

  #resume(): void {
    clearTimeout(this.#stallTimer);
    this.#source.resume();
  }
}

function flushUnlessWritten(writer: ClientWriter): void {
  writer.flush();
}

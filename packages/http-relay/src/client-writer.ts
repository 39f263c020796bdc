import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import { hopByHopHeaders } from '@pointsman/inference-api';
import type { Dispatcher } from 'undici';

/** What frames a message or steers its handling must not come after its body (RFC 9110 section 6.5.1). */
const NOT_IN_TRAILERS: ReadonlySet<string> = new Set([
  ...hopByHopHeaders([]),
  'content-length',
  'content-encoding',
  'content-type',
  'set-cookie',
]);

const UNSENDABLE_PHRASE = /[^\t\x20-\x7e\x80-\xff]/;

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
    // A phrase that cannot be sent says nothing that the status does not.
    this.#writeHead(status, UNSENDABLE_PHRASE.test(statusText) ? '' : statusText, headers);
    this.#isDelimited = length !== undefined || this.#response.chunkedEncoding;
    process.nextTick(flushUnlessWritten, this);
  }

  write(chunk: Uint8Array): void {
    this.#hasBody = true;
    if (!this.#response.write(chunk)) this.#pause();
  }

  /** The answer is whole. What the client has not read yet is still bound to the stall timeout. */
  end(trailers: IncomingHttpHeaders): void {
    this.#hasBody = true;
    this.#addTrailers(trailers);
    this.#response.end();
    this.stop();
    // Node writes at the end of this turn; what is left then did not fit into the buffers of the system.
    process.nextTick(watchRest, this);
  }

  /** Gives the client time to read the rest. */
  watchRest(): void {
    const response = this.#response;
    if (response.destroyed || response.writableLength === 0) return;
    this.#expectProgress();
    response.once('close', () => this.stop());
  }

  /**
   * The answer will never be whole, and the client must notice: what is there is sent, and the connection ends without
   * the last chunk or the missing bytes. An answer that the end of the connection would complete is reset instead.
   */
  cut(): void {
    this.flush();
    const { socket } = this.#response;
    if (socket === null || (!this.#isDelimited && socket instanceof TLSSocket)) this.#response.destroy();
    else if (this.#isDelimited) {
      this.#expectProgress();
      socket.once('close', () => this.stop()).destroySoon();
    } else socket.resetAndDestroy();
  }

  /** Ends the connection at once. An answer that this would complete is reset. */
  drop(): void {
    this.stop();
    const { socket } = this.#response;
    if (this.#isDelimited || socket === null || socket instanceof TLSSocket) this.#response.destroy();
    else socket.resetAndDestroy();
  }

  /** Stops to watch the client. */
  stop(): void {
    clearTimeout(this.#stallTimer);
  }

  flush(): void {
    if (!this.#hasBody && !this.#response.destroyed) this.#response.flushHeaders();
  }

  #writeHead(status: number, statusText: string, headers: string[]): void {
    const response = this.#response;
    if (response.getHeaderNames().length === 0) {
      response.writeHead(status, statusText, headers);
      return;
    }
    // A framework has set headers already. Node would then let a repeated header replace the one before it.
    for (let i = 0; i < headers.length; i += 2) response.removeHeader(headers[i]!);
    for (let i = 0; i < headers.length; i += 2) response.appendHeader(headers[i]!, headers[i + 1]!);
    response.writeHead(status, statusText);
  }

  #addTrailers(trailers: IncomingHttpHeaders): void {
    for (const name in trailers) {
      if (NOT_IN_TRAILERS.has(name)) continue;
      const value = trailers[name]!;
      this.#response.addTrailers([[name, Array.isArray(value) ? value.join(', ') : value]]);
    }
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
    this.#stallTimer = setTimeout(() => this.#onStall(), this.#stallMs).unref();
  }

  #onStall(): void {
    // An answer that waits behind another one (pipelining) cannot be read yet.
    if (this.#response.socket === null && !this.#response.destroyed) this.#expectProgress();
    else this.drop();
  }

  #resume(): void {
    clearTimeout(this.#stallTimer);
    this.#source.resume();
  }
}

function flushUnlessWritten(writer: ClientWriter): void {
  writer.flush();
}

function watchRest(writer: ClientWriter): void {
  writer.watchRest();
}

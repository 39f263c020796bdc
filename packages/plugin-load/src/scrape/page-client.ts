import type { Answer } from './answer.ts';
import { type Asker, PageConnection } from './page-connection.ts';
import type { PageHost } from './page-host.ts';
import { ScrapeError } from './scrape-error.ts';

/** Asks one endpoint for pages, one at a time, over a connection that stays open. */
export class PageClient implements Asker {
  readonly #host: PageHost;
  readonly #headers: string;
  #connection: PageConnection | undefined;
  #path: string | undefined;
  #request = '';
  #resolve: ((answer: Answer) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  /** Of the latest scrape. Scrapes usually have the same one, so it is listened to for longer than a scrape. */
  #signal: AbortSignal | undefined;
  #hasRetried = false;
  readonly #onAbort = () => {
    if (this.#resolve !== undefined) this.#giveUp(this.#signal!.reason);
  };

  /** @param accept value of the Accept header */
  constructor(host: PageHost, accept: string) {
    this.#host = host;
    // Compression would cost both sides more than the few kilobytes on a local network.
    this.#headers = [
      `host: ${new URL(host.origin).host}`,
      'connection: keep-alive',
      `accept: ${accept}`,
      'accept-encoding: identity',
    ].join('\r\n');
  }

  /**
   * @param path as it is sent: percent-encoded
   * @throws ScrapeError when the answer is malformed, too large or missing; the socket's error; the signal's reason
   */
  get(path: string, signal: AbortSignal): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      if (this.#resolve !== undefined) {
        reject(new ScrapeError(`${this.#host.origin} is being asked already`));
        return;
      }
      if (path !== this.#path) {
        this.#path = path;
        this.#request = `GET ${path} HTTP/1.1\r\n${this.#headers}\r\n\r\n`;
      }
      this.#resolve = resolve;
      this.#reject = reject;
      this.#hasRetried = false;
      this.#listenTo(signal);
      this.#ask();
    });
  }

  /** Closes the connection; a scrape that runs fails. */
  destroy(): void {
    this.#listenTo(undefined);
    this.#giveUp(new ScrapeError(`${this.#host.origin} is not asked any more`));
  }

  answered(answer: Answer): void {
    const resolve = this.#resolve!;
    this.#settled();
    resolve(answer);
  }

  failed(error: Error, wasIdle: boolean): void {
    // The server may close a connection that it takes for idle just when a request is on its way.
    if (wasIdle && !this.#hasRetried) {
      this.#hasRetried = true;
      this.#ask();
      return;
    }
    const reject = this.#reject;
    this.#settled();
    reject?.(error);
  }

  #ask(): void {
    try {
      if (this.#connection?.isOpen !== true) this.#connection = new PageConnection(this.#host);
      this.#connection.ask(this.#request, this);
    } catch (error) {
      this.failed(error as Error, false);
    }
  }

  /** Whatever is still on its way belongs to a scrape that is over: the next one begins afresh. */
  #giveUp(reason: unknown): void {
    this.#connection?.destroy();
    this.#connection = undefined;
    const reject = this.#reject;
    this.#settled();
    reject?.(reason);
  }

  #listenTo(signal: AbortSignal | undefined): void {
    if (signal === this.#signal) return;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    signal?.addEventListener('abort', this.#onAbort);
    this.#signal = signal;
  }

  #settled(): void {
    this.#resolve = undefined;
    this.#reject = undefined;
  }
}

import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import type { Endpoint } from '@pointsman/core';
import { Client } from 'undici';
import { type Answer, ResponseCollector } from './response-collector.ts';
import { ScrapeError } from './scrape-error.ts';
import type { TlsOptions } from './tls-options.ts';

/** What to ask every endpoint for. */
export interface ScrapeTarget {
  /** Default: that of the endpoint's metrics origin. */
  readonly scheme?: 'http' | 'https' | undefined;
  /** Default: the port of the endpoint's metrics origin. */
  readonly port?: number | undefined;
  readonly path: string;
  /** Value of the Accept header. */
  readonly accept: string;
  readonly tls: TlsOptions;
}

interface Connection {
  /** Of the endpoint, to notice that its address has changed. */
  readonly metricsOrigin: string;
  readonly origin: string;
  readonly client: Client;
  /** Where the page is: what was asked for, or where that led to. */
  path: string;
}

/** A page larger than this is refused, before and after decompression. */
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_REDIRECTS = 3;
const CONNECT_TIMEOUT_MS = 1000;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const UNPACK = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/** Asks endpoints for a page each, over one connection an endpoint that stays open. */
export class HttpScraper {
  readonly #target: ScrapeTarget;
  readonly #headers: readonly string[];
  readonly #connections = new Map<string, Connection>();

  constructor(target: ScrapeTarget) {
    this.#target = target;
    // Compression would cost both sides more than the few kilobytes on a local network.
    this.#headers = ['accept', target.accept, 'accept-encoding', 'identity'];
  }

  /**
   * @returns the body of an answer with status 200
   * @throws ScrapeError for any other answer; the transport's error when there is none; the signal's reason
   */
  async get(endpoint: Endpoint, signal: AbortSignal): Promise<Buffer> {
    const connection = this.#connect(endpoint);
    let { path } = connection;
    for (let redirects = 0; ; redirects++) {
      const answer = await this.#ask(endpoint, connection, path, signal);
      if (answer.status === 200) {
        connection.path = path;
        const encoding = answer.headers['content-encoding'];
        return encoding === undefined || encoding === 'identity' ? answer.body : unpack(answer.body, encoding);
      }
      connection.path = this.#target.path;
      if (!REDIRECTS.has(answer.status)) throw new ScrapeError(`${connection.origin}${path} answered ${answer.status}`);
      if (redirects === MAX_REDIRECTS) throw new ScrapeError(`${connection.origin}${path} redirects again and again`);
      path = followed(connection.origin, path, answer.headers.location);
    }
  }

  /** Closes the connection to an endpoint that is gone. */
  forget(endpoint: Endpoint): void {
    const connection = this.#connections.get(endpoint.id);
    this.#connections.delete(endpoint.id);
    void connection?.client.destroy();
  }

  async close(): Promise<void> {
    const connections = [...this.#connections.values()];
    this.#connections.clear();
    await Promise.all(connections.map(({ client }) => client.destroy()));
  }

  #connect(endpoint: Endpoint): Connection {
    const known = this.#connections.get(endpoint.id);
    if (known?.metricsOrigin === endpoint.metricsOrigin) return known;
    if (known !== undefined) this.forget(endpoint);
    const { scheme, port, path, tls } = this.#target;
    const url = new URL(endpoint.metricsOrigin);
    // Another scheme on the same port: a port that the scheme implies must not be lost.
    const actualPort = port ?? (url.port || (url.protocol === 'https:' ? 443 : 80));
    const origin = `${scheme === undefined ? url.protocol : `${scheme}:`}//${url.hostname}:${actualPort}`;
    const client = new Client(origin, {
      pipelining: 1,
      // The engine limits the whole scrape; timers for its parts would only cost.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: CONNECT_TIMEOUT_MS, ...tls },
    });
    const connection = { metricsOrigin: endpoint.metricsOrigin, origin, client, path };
    this.#connections.set(endpoint.id, connection);
    return connection;
  }

  #ask(endpoint: Endpoint, connection: Connection, path: string, signal: AbortSignal): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        // Whatever is still on its way belongs to a scrape that was given up: the next one begins afresh.
        if (this.#connections.get(endpoint.id) === connection) this.#connections.delete(endpoint.id);
        void connection.client.destroy();
        reject(signal.reason);
      };
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      signal.addEventListener('abort', onAbort, { once: true });
      const collector = new ResponseCollector(MAX_BYTES, (error, answer) => {
        signal.removeEventListener('abort', onAbort);
        if (answer === undefined) reject(error);
        else resolve(answer);
      });
      connection.client.dispatch({ method: 'GET', path, headers: this.#headers as string[] }, collector);
    });
  }
}

/** The path that a redirect leads to. Only on the same endpoint: a model server must not make us call others. */
function followed(origin: string, path: string, location: string | undefined): string {
  const base = `${origin}${path}`;
  const next = location !== undefined && URL.canParse(location, base) ? new URL(location, base) : undefined;
  if (next?.origin !== new URL(origin).origin) {
    throw new ScrapeError(`${base} redirects to ${location ?? 'nowhere'}: set scheme, port or path to match`);
  }
  return `${next.pathname}${next.search}`;
}

async function unpack(body: Buffer, encoding: string): Promise<Buffer> {
  const unpacker = UNPACK[encoding.trim().toLowerCase() as keyof typeof UNPACK];
  if (unpacker === undefined) throw new ScrapeError(`the answer is encoded as ${encoding}, which was not asked for`);
  try {
    return await unpacker(body, { maxOutputLength: MAX_BYTES });
  } catch (error) {
    throw new ScrapeError(`the answer cannot be decompressed: ${(error as Error).message}`, { cause: error });
  }
}

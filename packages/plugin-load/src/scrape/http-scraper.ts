import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import type { Endpoint } from '@pointsman/core';
import type { Answer } from './answer.ts';
import { AnswerBody } from './answer-body.ts';
import { PageClient } from './page-client.ts';
import { type HostOptions, pageHost } from './page-host.ts';
import { ScrapeError } from './scrape-error.ts';

/** What to ask every endpoint for. */
export interface ScrapeTarget extends HostOptions {
  /** Percent-encoded. */
  readonly path: string;
  /** Value of the Accept header. */
  readonly accept: string;
}

interface Page {
  /** Of the endpoint, to notice that its address has changed. */
  readonly metricsOrigin: string;
  readonly origin: string;
  readonly client: PageClient;
  /** Where the page is: what was asked for, or where that led to. */
  path: string;
}

/** A page larger than this when unpacked is refused. */
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_REDIRECTS = 3;
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
  readonly #pages = new Map<string, Page>();

  constructor(target: ScrapeTarget) {
    this.#target = target;
  }

  /**
   * One at a time for each endpoint.
   * @returns the body of an answer with status 200
   * @throws ScrapeError for any other answer; the transport's error when there is none; the signal's reason
   */
  async get(endpoint: Endpoint, signal: AbortSignal): Promise<AnswerBody> {
    const page = this.#pageOf(endpoint);
    let { path } = page;
    // Wherever the page was, nobody knows whether it still is there.
    page.path = this.#target.path;
    for (let redirects = 0; ; redirects++) {
      const answer = await page.client.get(path, signal);
      if (answer.status === 200) {
        page.path = path;
        return unpacked(answer);
      }
      if (!REDIRECTS.has(answer.status)) throw new ScrapeError(`${page.origin}${path} answered ${answer.status}`);
      if (redirects === MAX_REDIRECTS) throw new ScrapeError(`${page.origin}${path} redirects again and again`);
      path = followed(page.origin, path, answer.location);
    }
  }

  /** Where the page of an endpoint is, as far as is known: what was asked for, or where that led to. */
  pathOf(endpoint: Endpoint): string {
    return this.#pageOf(endpoint).path;
  }

  /**
   * The same for another path, which is asked for as it is: a redirect is no answer.
   * @param path percent-encoded
   */
  async getAt(endpoint: Endpoint, path: string, signal: AbortSignal): Promise<AnswerBody> {
    const page = this.#pageOf(endpoint);
    const answer = await page.client.get(path, signal);
    if (answer.status !== 200) throw new ScrapeError(`${page.origin}${path} answered ${answer.status}`);
    return unpacked(answer);
  }

  /** Closes the connection to an endpoint that is gone. */
  forget(endpoint: Endpoint): void {
    this.#pages.get(endpoint.id)?.client.destroy();
    this.#pages.delete(endpoint.id);
  }

  close(): void {
    for (const { client } of this.#pages.values()) client.destroy();
    this.#pages.clear();
  }

  #pageOf(endpoint: Endpoint): Page {
    const known = this.#pages.get(endpoint.id);
    if (known?.metricsOrigin === endpoint.metricsOrigin) return known;
    if (known !== undefined) this.forget(endpoint);
    const { metricsOrigin } = endpoint;
    const host = pageHost(metricsOrigin, this.#target);
    const { path, accept } = this.#target;
    const page = { metricsOrigin, origin: host.origin, client: new PageClient(host, accept), path };
    this.#pages.set(endpoint.id, page);
    return page;
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

/** The body as it was before it was packed; at once where it was not. @throws ScrapeError */
function unpacked({ body, encoding }: Answer): AnswerBody | Promise<AnswerBody> {
  return encoding === undefined || encoding === 'identity' ? body : unpack(body, encoding);
}

async function unpack(body: AnswerBody, encoding: string): Promise<AnswerBody> {
  const unpacker = UNPACK[encoding.trim().toLowerCase() as keyof typeof UNPACK];
  if (unpacker === undefined) throw new ScrapeError(`the answer is encoded as ${encoding}, which was not asked for`);
  try {
    // The unpacker reads in a thread of its own, which has not ended when a scrape is given up.
    return new AnswerBody(await unpacker(body.keep(), { maxOutputLength: MAX_BYTES }));
  } catch (error) {
    throw new ScrapeError(`the answer cannot be decompressed: ${(error as Error).message}`, { cause: error });
  }
}

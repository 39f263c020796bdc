import type { Clock, Endpoint } from '@pointsman/core';
import type { HttpScraper } from '../scrape/http-scraper.ts';
import { ByNameTrial } from './by-name-trial.ts';
import { MetricsPage } from './metrics-page.ts';
import { PageOutline } from './page-outline.ts';
import { WantedMetrics } from './wanted-metrics.ts';

/** What is known of the pages of one endpoint. */
interface KnownPages {
  /** Another one when its address or labels change: then nothing is known. */
  readonly endpoint: Endpoint;
  readonly trial: ByNameTrial;
  /** The latest page when it was a whole one. Its readers decide what of it matters, so it is outlined afterwards. */
  whole: MetricsPage | undefined;
  wholeAt: number;
  wholeBytes: number;
  /** Of the latest whole page. Undefined until there is one. */
  outline: PageOutline | undefined;
}

/** So often a whole page shows whether one by name still has all that is wanted: that costs a scrape of 600. */
const WHOLE_EVERY_MS = 30_000;
/** A page by name that is larger than this share of the whole one saves nothing: the server does not look at names. */
const WORTHWHILE_SHARE = 0.75;

/**
 * Scrapes metrics pages: whole ones first, and then only those metrics that their readers look for, from servers that can
 * give them. A page by name is trusted as far as the latest whole page confirms it; when it lacks something, the whole page
 * is scraped at once, so that readers never get less than the server has.
 */
export class SelectiveScraper {
  readonly #scraper: HttpScraper;
  readonly #clock: Clock;
  readonly #wanted = new WantedMetrics();
  readonly #byEndpoint = new Map<string, KnownPages>();
  readonly #onRead = (name: string) => this.#wanted.add(name);

  constructor(scraper: HttpScraper, clock: Clock) {
    this.#scraper = scraper;
    this.#clock = clock;
  }

  /** One at a time for each endpoint. @throws what `HttpScraper.get` throws; MetricsPageError */
  async get(endpoint: Endpoint, signal: AbortSignal): Promise<MetricsPage> {
    const pages = this.#pagesOf(endpoint);
    const path = this.#pathByName(pages);
    if (path === undefined) return this.#whole(pages, signal);
    const { trial } = pages;
    const expected = pages.outline!;
    let outline: PageOutline | undefined;
    try {
      const body = await this.#scraper.getAt(endpoint, path, signal);
      const size = body.bytes.length;
      const page = new MetricsPage(body, this.#onRead);
      outline = new PageOutline(page, expected.names);
      if (outline.covers(expected)) {
        if (size <= WORTHWHILE_SHARE * pages.wholeBytes) trial.succeeded();
        else trial.failed(this.#clock.now());
        return page;
      }
    } catch (error) {
      if (signal.aborted) {
        pages.outline = undefined;
        trial.timedOut(this.#clock.now());
        throw error;
      }
    }
    const page = await this.#whole(pages, signal);
    // The server may have stopped to tell something meanwhile: only what is still on the whole page counts.
    if (outline?.covers(new PageOutline(page, expected.names)) !== true) trial.failed(this.#clock.now());
    return page;
  }

  forget({ id }: Endpoint): void {
    this.#byEndpoint.delete(id);
  }

  /** For `inspect()`. */
  shown(): { readonly metrics: string[]; readonly scraped: Record<string, string> } {
    const scraped = [...this.#byEndpoint].map(([id, { trial }]) => [id, trial.works ? 'by name' : 'whole']);
    return { metrics: [...this.#wanted.names], scraped: Object.fromEntries(scraped) };
  }

  async #whole(pages: KnownPages, signal: AbortSignal): Promise<MetricsPage> {
    pages.outline = undefined;
    pages.whole = undefined;
    const body = await this.#scraper.get(pages.endpoint, signal);
    pages.wholeBytes = body.bytes.length;
    const page = new MetricsPage(body, this.#onRead);
    pages.whole = page;
    pages.wholeAt = this.#clock.now();
    return page;
  }

  /** What to ask for to get the wanted metrics alone; undefined when it has to be the whole page. */
  #pathByName(pages: KnownPages): string | undefined {
    const { names, query } = this.#wanted;
    const now = this.#clock.now();
    if (query === undefined || pages.trial.rests(now)) return undefined;
    if (pages.whole !== undefined) {
      pages.outline = new PageOutline(pages.whole, names);
      pages.whole = undefined;
    }
    const { outline } = pages;
    // A page without any of them could not confirm anything.
    if (outline === undefined || outline.names !== names || outline.isEmpty) return undefined;
    if (now - pages.wholeAt >= WHOLE_EVERY_MS) return undefined;
    return pages.trial.path(this.#scraper.pathOf(pages.endpoint), query);
  }

  #pagesOf(endpoint: Endpoint): KnownPages {
    const known = this.#byEndpoint.get(endpoint.id);
    if (known?.endpoint === endpoint) return known;
    const pages: KnownPages = {
      endpoint,
      trial: new ByNameTrial(),
      whole: undefined,
      wholeAt: 0,
      wholeBytes: 0,
      outline: undefined,
    };
    this.#byEndpoint.set(endpoint.id, pages);
    return pages;
  }
}

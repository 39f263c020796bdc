import { defineFetcher } from '@pointsman/core';
import { z } from 'zod';
import { HttpScraper } from '../scrape/http-scraper.ts';
import { scrapeInterval, scrapeParams } from '../scrape/scrape-params.ts';
import { tlsOptions } from '../scrape/tls-options.ts';
import { MetricsPage } from './metrics-page.ts';
import { SelectiveScraper } from './selective-scraper.ts';

/** Whoever asks for metrics by name has chosen. */
const ASKS_BY_NAME = /[?&]name(\[\]|%5B%5D)=/i;

/**
 * Scrapes the metrics page of every endpoint and hands it, as a `MetricsPage`, to the extractors that are attached:
 * 20 times a second where there is traffic or values change, once a second where nothing happens. Of servers that can be
 * asked for metrics by name it scrapes only those that the extractors read.
 */
export const metricsDataSource = defineFetcher({
  type: 'metrics-data-source',
  description: 'Scrapes the metrics page of every endpoint.',
  params: scrapeParams('/metrics').extend({
    /** Asks for the metrics that are read, by `name[]` in the query, where the server answers that rightly. */
    selectByName: z.boolean().default(true),
  }),
  create: ({ params, name, clock, onClose }) => {
    const scraper = new HttpScraper({
      ...params,
      accept: 'text/plain;version=0.0.4;q=1,*/*;q=0.1',
      tls: tlsOptions(params, name),
    });
    onClose(() => scraper.close());
    const interval = scrapeInterval(params, { busyMs: 50, idleMs: 1000 });
    if (!params.selectByName || ASKS_BY_NAME.test(params.path)) {
      return {
        interval,
        poll: async (endpoint, signal) => new MetricsPage(await scraper.get(endpoint, signal)),
        endpointRemoved: (endpoint) => scraper.forget(endpoint),
      };
    }
    const selective = new SelectiveScraper(scraper, clock);
    return {
      interval,
      poll: (endpoint, signal) => selective.get(endpoint, signal),
      endpointRemoved: (endpoint) => {
        selective.forget(endpoint);
        scraper.forget(endpoint);
      },
      inspect: () => selective.shown(),
    };
  },
});

import { defineFetcher } from '@pointsman/core';
import { HttpScraper } from '../scrape/http-scraper.ts';
import { scrapeInterval, scrapeParams } from '../scrape/scrape-params.ts';
import { tlsOptions } from '../scrape/tls-options.ts';
import { MetricsPage } from './metrics-page.ts';

/**
 * Scrapes the metrics page of every endpoint and hands it, as a `MetricsPage`, to the extractors that are attached:
 * 20 times a second where there is traffic or values change, once a second where nothing happens.
 */
export const metricsDataSource = defineFetcher({
  type: 'metrics-data-source',
  description: 'Scrapes the metrics page of every endpoint.',
  params: scrapeParams('/metrics'),
  create: ({ params, name, onClose }) => {
    const scraper = new HttpScraper({
      ...params,
      accept: 'text/plain;version=0.0.4;q=1,*/*;q=0.1',
      tls: tlsOptions(params, name),
    });
    onClose(() => scraper.close());
    return {
      interval: scrapeInterval(params, { busyMs: 50, idleMs: 1000 }),
      poll: async (endpoint, signal) => new MetricsPage(await scraper.get(endpoint, signal)),
      endpointRemoved: (endpoint) => scraper.forget(endpoint),
    };
  },
});

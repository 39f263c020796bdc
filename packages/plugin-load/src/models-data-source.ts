import { defineFetcher } from '@pointsman/core';
import { HttpScraper } from './scrape/http-scraper.ts';
import { ScrapeError } from './scrape/scrape-error.ts';
import { scrapeInterval, scrapeParams } from './scrape/scrape-params.ts';
import { tlsOptions } from './scrape/tls-options.ts';

/** Asks every endpoint which models it serves, every ten seconds, and hands the parsed JSON to the extractors. */
export const modelsDataSource = defineFetcher({
  type: 'models-data-source',
  description: 'Asks every endpoint for the list of models that it serves.',
  params: scrapeParams('/v1/models'),
  create: ({ params, name, onClose }) => {
    const scraper = new HttpScraper({ ...params, accept: 'application/json', tls: tlsOptions(params, name) });
    onClose(() => scraper.close());
    return {
      interval: scrapeInterval(params, { busyMs: 10_000, idleMs: 10_000 }),
      async poll(endpoint, signal) {
        const { bytes } = await scraper.get(endpoint, signal);
        try {
          return JSON.parse(bytes.toString('utf8')) as unknown;
        } catch (error) {
          throw new ScrapeError('the list of models is no JSON', { cause: error });
        }
      },
      endpointRemoved: (endpoint) => scraper.forget(endpoint),
    };
  },
});

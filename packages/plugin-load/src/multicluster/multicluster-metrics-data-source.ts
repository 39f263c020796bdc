import { defineFetcher } from '@pointsman/core';
import { z } from 'zod';
import { MetricsPage } from '../metrics/metrics-page.ts';
import { HttpScraper } from '../scrape/http-scraper.ts';
import { scrapeInterval, scrapeParams } from '../scrape/scrape-params.ts';
import { tlsOptions } from '../scrape/tls-options.ts';

/** Scrapes the schedulers of remote clusters, whose endpoints here are whole clusters. */
export const multiclusterMetricsDataSource = defineFetcher({
  type: 'multicluster-metrics-data-source',
  description: 'Scrapes the metrics of the schedulers of remote clusters.',
  stability: 'alpha',
  params: scrapeParams('/metrics').extend({
    scheme: z.enum(['http', 'https']).default('https'),
    /** Without effect: the endpoint's metrics port counts, because clusters have different ones. */
    port: z.int().min(1).max(65_535).optional(),
    insecureSkipVerify: z.boolean().default(false),
  }),
  create: ({ params, name, onClose }) => {
    const target = { ...params, port: undefined, accept: 'text/plain', tls: tlsOptions(params, name) };
    const scraper = new HttpScraper(target);
    onClose(() => scraper.close());
    return {
      interval: scrapeInterval(params, { busyMs: 50, idleMs: 1000 }),
      poll: async (endpoint, signal) => new MetricsPage(await scraper.get(endpoint, signal)),
      endpointRemoved: (endpoint) => scraper.forget(endpoint),
    };
  },
});

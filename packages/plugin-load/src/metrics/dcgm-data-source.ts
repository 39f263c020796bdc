import { defineFetcher } from '@pointsman/core';
import { z } from 'zod';
import { HttpScraper } from '../scrape/http-scraper.ts';
import { scrapeInterval, scrapeParams } from '../scrape/scrape-params.ts';
import { tlsOptions } from '../scrape/tls-options.ts';
import { MetricsPage } from './metrics-page.ts';

/** Scrapes the NVIDIA DCGM exporter beside every endpoint, once a second where there is traffic or values change. */
export const dcgmDataSource = defineFetcher({
  type: 'dcgm-data-source',
  description: 'Scrapes the GPU metrics of the DCGM exporter beside every endpoint.',
  stability: 'alpha',
  params: scrapeParams('/metrics').extend({
    port: z.int().min(1).max(65_535).default(9400),
    /** Without effect: endpoint sources tell no node addresses, so the endpoint's own is asked. */
    useNodeAddress: z.boolean().default(false),
  }),
  create: ({ params, name, log, onClose }) => {
    if (params.useNodeAddress) {
      log.warn(`${name}: node addresses are not known; useNodeAddress is ignored and endpoints are asked themselves`);
    }
    const scraper = new HttpScraper({ scheme: 'http', ...params, accept: 'text/plain', tls: tlsOptions(params, name) });
    onClose(() => scraper.close());
    return {
      interval: scrapeInterval(params, { busyMs: 1000, idleMs: 5000 }),
      poll: async (endpoint, signal) => new MetricsPage(await scraper.get(endpoint, signal)),
      endpointRemoved: (endpoint) => scraper.forget(endpoint),
    };
  },
});

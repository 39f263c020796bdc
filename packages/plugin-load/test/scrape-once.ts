import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createScheduler,
  definePicker,
  type EndpointHealth,
  type GivenDatum,
  type PluginUse,
  type Pool,
} from '@pointsman/core';
import { VirtualClock } from '@pointsman/testkit/harness';
import { metricsDataSource } from '../src/index.ts';

/** Takes the first candidate. */
export const firstPicker = definePicker({
  type: 'first-picker',
  create: () => ({
    pick(_candidates, _totals, _cycle, order) {
      order[0] = 0;
      return 1;
    },
  }),
});

export interface ScrapeOptions {
  readonly id: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** The metrics page, which a real server answers. */
  readonly page: string;
  readonly extractor: PluginUse;
  /** Endpoint data from before. */
  readonly before?: readonly GivenDatum[];
}

/** Scrapes a page over HTTP with `metrics-data-source` until it has succeeded or failed, and shows what came of it. */
export async function scrapeOnce<T>(
  { id, labels = {}, page, extractor, before = [] }: ScrapeOptions,
  look: (pool: Pool, health: EndpointHealth) => T,
): Promise<T> {
  const server = createServer((_, response) => void response.end(page));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const clock = new VirtualClock();
    await using scheduler = createScheduler({
      clock,
      endpoints: [{ id, address: '127.0.0.1', port, labels }],
      sources: [{ fetcher: metricsDataSource(), extractors: [extractor] }],
      profiles: { default: { picker: firstPicker() } },
    });
    const pool = scheduler.pools.get('default')!;
    for (const { key, value } of before) pool.setData(id, key, value);
    await scheduler.start();
    const ended = () => pool.health().find(({ failures, lastSuccessAt }) => failures > 0 || lastSuccessAt !== null);
    await clock.advanceUntil(() => ended() !== undefined);
    return look(pool, ended()!);
  } finally {
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  }
}

/** What an extractor shows as missing on an endpoint's page. */
export function missingOn(pool: Pool, extractor: string, id: string): readonly string[] {
  const shown = pool.inspect()[extractor] as { readonly missing: Readonly<Record<string, readonly string[]>> };
  return shown.missing[id] ?? [];
}

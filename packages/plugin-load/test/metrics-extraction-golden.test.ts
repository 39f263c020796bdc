import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  activeModels,
  cacheBlockSize,
  cacheNumBlocks,
  createScheduler,
  type DataKey,
  definePicker,
  kvCacheUsage,
  maxActiveModels,
  type Pool,
  runningRequestsSize,
  waitingModels,
  waitingQueueSize,
} from '@pointsman/core';
import { closeTo, readGolden } from '@pointsman/testkit/harness';
import { endpointDataOf, type RecordedEndpoint } from '@pointsman/testkit/state';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { coreMetricsExtractor, metricsDataSource } from '../src/index.ts';

interface Case {
  readonly id: string;
  readonly params?: Record<string, unknown>;
  readonly endpointLabels: Readonly<Record<string, string>>;
  readonly before: NonNullable<RecordedEndpoint['metrics']>;
  readonly page: string;
  readonly expected: {
    readonly metrics?: Readonly<Record<string, unknown>>;
    readonly attributes?: Readonly<Record<string, unknown>>;
    readonly errors?: readonly string[];
    readonly parseError?: string;
    readonly updated?: boolean;
  };
}

const FIELDS: Readonly<Record<string, DataKey>> = {
  waitingQueueSize,
  runningRequestsSize,
  kvCacheUsagePercent: kvCacheUsage,
  cacheBlockSize,
  cacheNumBlocks,
  maxActiveModels,
  activeModels,
  waitingModels,
};

const NO_COUNT = -(2 ** 63);

const first = definePicker({
  type: 'first-picker',
  create: () => ({
    pick(_candidates, _totals, _cycle, order) {
      order[0] = 0;
      return 1;
    },
  }),
});

/** The data of the only endpoint in the form of the recordings. */
function metricsOf(pool: Pool): Readonly<Record<string, unknown>> {
  const data = pool.dataOf(pool.endpoints()[0]!);
  return Object.fromEntries(
    Object.entries(FIELDS).map(([field, key]) => {
      const value = data[key.id] ?? (key.shape === 'number' ? 0 : []);
      return [field, Array.isArray(value) ? value.sort() : value];
    }),
  );
}

describe('metrics-extraction.jsonl', () => {
  let page = '';
  const server = createServer((_, response) => void response.end(page));
  beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const cases = readGolden<Case>('metrics-extraction.jsonl', new URL('./golden/', import.meta.url));
  it.each(cases.map((recorded) => [recorded.id, recorded] as const))('%s', async (_, recorded) => {
    const { expected } = recorded;
    page = recorded.page;
    const { port } = server.address() as AddressInfo;
    await using scheduler = createScheduler({
      endpoints: [{ id: 'a/b', address: '127.0.0.1', port, labels: recorded.endpointLabels }],
      sources: [{ fetcher: metricsDataSource(), extractors: [coreMetricsExtractor(recorded.params as never)] }],
      profiles: { default: { picker: first() } },
    });
    const pool = scheduler.pools.get('default')!;
    for (const { key, value } of endpointDataOf({ id: 'a/b', metrics: recorded.before })) {
      pool.setData('a/b', key, value);
    }
    const before = metricsOf(pool);
    await scheduler.start();
    const health = await vi.waitFor(() => {
      const [status] = pool.health();
      if (status === undefined || (status.failures === 0 && status.lastSuccessAt === null))
        throw new Error('no scrape');
      return status;
    });

    if (expected.parseError !== undefined) {
      expect(health).toMatchObject({ lastSuccessAt: null, lastError: expect.stringContaining('metrics page') });
      expect(metricsOf(pool)).toEqual(before);
      return;
    }
    expect(pool.faultCounts()).toEqual({});
    const found = metricsOf(pool);
    const wanted = { ...expected.metrics };
    // Where a count is no number, the reference stores what its machine makes of it. Ours keeps what it had.
    const noCounts = Object.keys(wanted).filter((field) => wanted[field] === NO_COUNT);
    for (const field of noCounts) wanted[field] = before[field];
    expect(closeTo(found, wanted), JSON.stringify([found, wanted])).toBe(true);
    const data = pool.dataOf(pool.endpoints()[0]!);
    for (const [id, value] of Object.entries(expected.attributes ?? {})) expect(data[id], id).toBe(value);
    const shown = pool.inspect()['core-metrics-extractor'] as { notFound: Record<string, string[]> };
    expect(shown.notFound['a/b'] ?? []).toHaveLength((expected.errors?.length ?? 0) + noCounts.length);
  });
});

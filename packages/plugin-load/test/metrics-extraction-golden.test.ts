import {
  activeModels,
  cacheBlockSize,
  cacheNumBlocks,
  type DataKey,
  kvCacheUsage,
  maxActiveModels,
  type Pool,
  runningRequestsSize,
  waitingModels,
  waitingQueueSize,
} from '@pointsman/core';
import { closeTo, readDifferences, readGolden } from '@pointsman/testkit/harness';
import { endpointDataOf, type RecordedEndpoint } from '@pointsman/testkit/state';
import { describe, expect, it } from 'vitest';
import { coreMetricsExtractor } from '../src/index.ts';
import { missingOn, scrapeOnce } from './scrape-once.ts';

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

/** Recorded metrics in the form of what is expected: complete, and LoRA adapters as lists. */
function fieldsOf(metrics: Case['before']): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(FIELDS).map(([field, key]) => {
      const value = metrics[field as keyof Case['before']];
      return [field, key.shape === 'number' ? (value ?? 0) : Object.keys(value ?? {}).sort()];
    }),
  );
}

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

const folder = new URL('./golden/', import.meta.url);

describe('metrics-extraction.jsonl', () => {
  const cases = readGolden<Case>('metrics-extraction.jsonl', folder);
  it.each(cases.map((recorded) => [recorded.id, recorded] as const))('%s', async (_, recorded) => {
    const { expected, page } = recorded;
    const before = endpointDataOf({ id: 'a/b', metrics: recorded.before });
    const recordedBefore = fieldsOf(recorded.before);
    const extractor = coreMetricsExtractor(recorded.params as never);
    await scrapeOnce({ id: 'a/b', labels: recorded.endpointLabels, page, extractor, before }, (pool, health) => {
      if (expected.parseError !== undefined) {
        expect(health).toMatchObject({ lastSuccessAt: null, lastError: expect.stringContaining('metrics page') });
        expect(metricsOf(pool)).toEqual(recordedBefore);
        return;
      }
      expect(pool.faultCounts()).toEqual({});
      const found = metricsOf(pool);
      const wanted = { ...expected.metrics };
      // Where a count is no number, the reference stores what its machine makes of it. Ours keeps what it had.
      const noCounts = Object.keys(wanted).filter((field) => wanted[field] === NO_COUNT);
      expect(noCounts.length > 0).toBe(readDifferences('metrics-extraction.jsonl', folder).has(recorded.id));
      for (const field of noCounts) wanted[field] = recordedBefore[field];
      expect(closeTo(found, wanted), JSON.stringify([found, wanted])).toBe(true);
      const data = pool.dataOf(pool.endpoints()[0]!);
      for (const [id, value] of Object.entries(expected.attributes ?? {})) expect(data[id], id).toBe(value);
      expect(missingOn(pool, 'core-metrics-extractor', 'a/b')).toHaveLength(
        (expected.errors?.length ?? 0) + noCounts.length,
      );
    });
  });
});

import type { PluginFactory } from '@pointsman/core';
import { closeTo, readGolden } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { dcgmExtractor, multiclusterMetricsExtractor } from '../src/index.ts';
import { missingOn, scrapeOnce } from './scrape-once.ts';

interface Case {
  readonly id: string;
  readonly plugin: string;
  readonly params?: Record<string, unknown>;
  readonly endpoint: string;
  readonly page: string;
  readonly expected: { readonly attributes: Readonly<Record<string, number | string>>; readonly errors: string[] };
}

const extractors: Readonly<Record<string, PluginFactory>> = {
  'dcgm-extractor': dcgmExtractor,
  'multicluster-metrics-extractor': multiclusterMetricsExtractor,
};

describe('dcgm-and-multicluster-extraction.jsonl', () => {
  const cases = readGolden<Case>('dcgm-and-multicluster-extraction.jsonl', new URL('./golden/', import.meta.url));
  it.each(cases.map((recorded) => [recorded.id, recorded] as const))('%s', async (_, recorded) => {
    const { plugin, params, endpoint: id, page, expected } = recorded;
    await scrapeOnce({ id, page, extractor: extractors[plugin]!(params as never) }, (pool) => {
      const found = pool.dataOf(pool.endpoints()[0]!);
      // Recordings write a key without a producer with a slash at its end.
      const wanted = Object.fromEntries(
        Object.entries(expected.attributes).map(([key, value]) => [key.replace(/\/$/, ''), value]),
      );
      expect(closeTo(found, wanted), JSON.stringify([found, wanted])).toBe(true);
      expect(missingOn(pool, plugin, id)).toHaveLength(expected.errors.length);
      expect(pool.faultCounts()).toEqual({});
    });
  });
});

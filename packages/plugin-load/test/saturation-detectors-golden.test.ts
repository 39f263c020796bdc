import type { Clock, PluginFactory } from '@pointsman/core';
import {
  closeTo,
  createTestBench,
  type RecordedEndpoint,
  readDifferences,
  readGolden,
} from '@pointsman/testkit/harness';
import { endpointDataOf } from '@pointsman/testkit/state';
import { describe, expect, it } from 'vitest';
import { concurrencyDetector, utilizationDetector } from '../src/index.ts';

interface Case {
  readonly id: string;
  readonly plugin: 'concurrency-detector' | 'utilization-detector';
  readonly params?: Record<string, unknown>;
  readonly endpoints: readonly RecordedEndpoint[];
  readonly expected: {
    readonly filterKept?: readonly string[];
    readonly saturation?: number | string;
    readonly error?: string;
  };
}

const DETECTORS: Readonly<Record<Case['plugin'], PluginFactory>> = {
  'concurrency-detector': concurrencyDetector,
  'utilization-detector': utilizationDetector,
};
const NOW = 1_700_000_000_000;

class SetClock implements Clock {
  ms = NOW;
  now = () => this.ms;
  schedule = () => () => {};
}

describe('saturation detectors as recorded', () => {
  const folder = new URL('./golden/', import.meta.url);
  const cases = readGolden<Case>('saturation-detectors.jsonl', folder);
  const differences = readDifferences('saturation-detectors.jsonl', folder);
  it.each(cases.map((recorded) => [`${recorded.plugin} ${recorded.id}`, recorded] as const))(
    '%s',
    async (_, recorded) => {
      const { id, plugin, params, endpoints, expected } = recorded;
      const bind = () => DETECTORS[plugin](params as never);
      if (expected.error !== undefined) {
        expect(bind).toThrow(expect.objectContaining({ code: 'PARAMS_INVALID' }));
        return;
      }
      const clock = new SetClock();
      await using bench = createTestBench({
        endpoints: endpoints.map((endpoint) => ({ ...endpoint, metrics: { neverUpdated: true } })),
        profiles: { default: { filters: [bind()] } },
        clock,
      });
      for (const endpoint of endpoints) {
        const { ageMs = 0, neverUpdated = false } = endpoint.metrics ?? {};
        if (neverUpdated) continue;
        clock.ms = NOW - ageMs;
        for (const { key, value } of endpointDataOf(endpoint)) bench.pool.setData(endpoint.id, key, value);
      }
      clock.ms = NOW;
      const { saturation } = bench.pool.inspect()[plugin] as { readonly saturation: number };
      const kept = (await bench.run()).kept();
      const isAsRecorded = closeTo(saturation, expected.saturation!) && `${kept}` === `${expected.filterKept}`;
      expect(isAsRecorded, `saturation ${saturation}, kept ${kept}`).toBe(!differences.has(id));
      expect(Number.isFinite(saturation)).toBe(true);
    },
  );
});

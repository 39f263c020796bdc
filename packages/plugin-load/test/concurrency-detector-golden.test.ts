import { closeTo, createTestBench, type RecordedEndpoint, readGolden } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { concurrencyDetector } from '../src/index.ts';

interface Case {
  readonly id: string;
  readonly plugin: string;
  readonly params?: Record<string, unknown>;
  readonly endpoints: readonly RecordedEndpoint[];
  readonly expected: { readonly filterKept?: readonly string[]; readonly saturation?: number; readonly error?: string };
}

describe('concurrency-detector as recorded', () => {
  const cases = readGolden<Case>('saturation-detectors.jsonl', new URL('./golden/', import.meta.url)).filter(
    ({ plugin }) => plugin === 'concurrency-detector',
  );
  it.each(cases.map((recorded) => [recorded.id, recorded] as const))('%s', async (_, recorded) => {
    const bind = () => concurrencyDetector(recorded.params as never);
    if (recorded.expected.error !== undefined) {
      expect(bind).toThrow(expect.objectContaining({ code: 'PARAMS_INVALID' }));
      return;
    }
    await using bench = createTestBench({
      endpoints: recorded.endpoints,
      profiles: { default: { filters: [bind()] } },
    });
    const { saturation } = bench.pool.inspect()['concurrency-detector'] as { readonly saturation: number };
    expect(closeTo(saturation, recorded.expected.saturation!), `${saturation}`).toBe(true);
    expect((await bench.run()).kept()).toEqual(recorded.expected.filterKept);
  });
});

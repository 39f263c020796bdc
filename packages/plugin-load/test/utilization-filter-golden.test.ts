import { createTestBench, type RecordedEndpoint, readGolden } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { utilizationFilter } from '../src/index.ts';

interface Case {
  readonly id: string;
  readonly params: Record<string, unknown>;
  readonly endpoints: readonly RecordedEndpoint[];
  readonly expected: { readonly kept?: readonly string[]; readonly error?: string };
}

describe('utilization-filter as recorded', () => {
  const cases = readGolden<Case>('utilization-filter.jsonl', new URL('./golden/', import.meta.url));
  it.each(cases.map((recorded) => [recorded.id, recorded] as const))('%s', async (_, recorded) => {
    const bind = () => utilizationFilter(recorded.params as never);
    if (recorded.expected.error !== undefined) {
      expect(bind).toThrow(expect.objectContaining({ code: 'PARAMS_INVALID' }));
      return;
    }
    await using bench = createTestBench({
      endpoints: recorded.endpoints,
      profiles: { default: { filters: [bind()] } },
    });
    expect((await bench.run()).kept()).toEqual(recorded.expected.kept);
  });
});

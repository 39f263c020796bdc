import { closeTo, createTestBench, type RecordedEndpoint, readGolden } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { prefixCacheScorer } from '../src/index.ts';

interface Case {
  readonly id: string;
  readonly params?: Record<string, unknown>;
  readonly endpoints: readonly RecordedEndpoint[];
  readonly expected: { readonly scores?: object; readonly error?: string };
}

const folder = new URL('./golden/', import.meta.url);

describe('prefix-cache-scorer.jsonl', () => {
  const cases = readGolden<Case>('prefix-cache-scorer.jsonl', folder);
  it.each(cases.map((recorded) => [recorded.id, recorded] as const))('%s', async (_, recorded) => {
    const { endpoints, params, expected } = recorded;
    const bind = () => prefixCacheScorer(params as never);
    if (expected.error !== undefined) {
      expect(bind).toThrow(expect.objectContaining({ code: 'PARAMS_INVALID' }));
      return;
    }
    await using bench = createTestBench({ endpoints, profiles: { default: { scorers: [bind()] } } });
    const scores = (await bench.run()).scores('prefix-cache-scorer');
    expect(closeTo(scores, expected.scores), JSON.stringify([scores, expected.scores])).toBe(true);
  });
});

import {
  closeTo,
  createTestBench,
  type RecordedEndpoint,
  type RecordedRequest,
  readGolden,
} from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { byLabelFilter, labelSelectorFilter, loraAffinityScorer } from '../src/index.ts';

interface Case {
  readonly id: string;
  readonly params?: Record<string, unknown>;
  readonly endpoints: readonly RecordedEndpoint[];
  readonly request?: RecordedRequest;
  readonly expected: { readonly kept?: readonly string[]; readonly scores?: object; readonly error?: string };
}

const folder = new URL('./golden/', import.meta.url);

describe.each([
  ['label-selector-filter.jsonl', labelSelectorFilter],
  ['by-label-filter.jsonl', byLabelFilter],
] as const)('%s', (file, definition) => {
  it.each(readGolden<Case>(file, folder).map((recorded) => [recorded.id, recorded] as const))(
    '%s',
    async (_, recorded) => {
      const bind = () => definition(recorded.params as never);
      if (recorded.expected.error !== undefined) {
        expect(bind).toThrow(expect.objectContaining({ code: 'PARAMS_INVALID' }));
        return;
      }
      await using bench = createTestBench({
        endpoints: recorded.endpoints,
        profiles: { default: { filters: [bind()] } },
      });
      const run = await bench.run({ request: recorded.request ?? {} });
      expect(run.kept()).toEqual(recorded.expected.kept);
    },
  );
});

describe('lora-affinity-scorer.jsonl', () => {
  const cases = readGolden<Case>('lora-affinity-scorer.jsonl', folder);
  it.each(cases.map((recorded) => [recorded.id, recorded] as const))('%s', async (_, recorded) => {
    const { endpoints, request = {}, expected } = recorded;
    await using bench = createTestBench({ endpoints, profiles: { default: { scorers: [loraAffinityScorer()] } } });
    const run = await bench.run({ request });
    const scores = run.scores('lora-affinity-scorer');
    expect(closeTo(scores, expected.scores), JSON.stringify([scores, expected.scores])).toBe(true);
  });
});

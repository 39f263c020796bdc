import { closeTo, createTestBench, type RecordedEndpoint, readGolden } from '@pointsman/testkit/harness';
import { endpointSpecOf } from '@pointsman/testkit/state';
import { describe, expect, it } from 'vitest';
import { noHitLruScorer } from '../src/index.ts';

interface ScoreStep {
  readonly op: 'score';
  readonly requestId: string;
  readonly candidates: readonly { readonly id: string; readonly matchBlocks?: number }[];
  readonly expected: { readonly scores: Readonly<Record<string, number>> };
}

interface ChoiceStep {
  readonly op: 'preRequest';
  readonly requestId: string;
  readonly primaryProfile: string;
  readonly profileTargets: Readonly<Record<string, readonly string[]>>;
  readonly expected: { readonly lruOldestFirst: readonly string[] };
}

interface Case {
  readonly id: string;
  readonly params?: Record<string, unknown>;
  readonly matchInfoProducer: string;
  readonly endpoints: readonly RecordedEndpoint[];
  readonly steps: readonly (ScoreStep | ChoiceStep)[];
}

describe('no-hit-lru-scorer as recorded', () => {
  const cases = readGolden<Case>('no-hit-lru-scorer.jsonl', new URL('./golden/', import.meta.url));
  it.each(cases.map((recorded) => [recorded.id, recorded] as const))('%s', async (_, recorded) => {
    const scorer = noHitLruScorer(recorded.params as never);
    const names = new Set(
      recorded.steps.flatMap((step) => (step.op === 'score' ? [] : Object.keys(step.profileTargets))),
    );
    names.add('default');
    await using bench = createTestBench({
      endpoints: recorded.endpoints,
      profiles: Object.fromEntries([...names].map((name) => [name, { scorers: [scorer] }])),
    });
    const specs = new Map(recorded.endpoints.map((endpoint, i) => [endpoint.id, endpointSpecOf(endpoint, i)]));
    for (const [at, step] of recorded.steps.entries()) {
      // A choice without scores before it cannot happen here, and does nothing there.
      if (step.op === 'preRequest' || step.candidates.length === 0) continue;
      const following = recorded.steps[at + 1];
      const isChosen = following?.op === 'preRequest' && following.requestId === step.requestId;
      // Scores without a choice after them change nothing, and an engine explains only what was chosen.
      if (!isChosen || following.profileTargets[following.primaryProfile]?.length === 0) continue;
      const choice = following;
      // The pool takes the order in which the candidates were recorded.
      bench.pool.setEndpoints([]);
      bench.pool.setEndpoints(step.candidates.map(({ id }) => specs.get(id)!));
      const key = `PrefixCacheMatchInfoDataKey/${recorded.matchInfoProducer}`;
      const run = await bench.run({
        attributes: Object.fromEntries(
          step.candidates.flatMap(({ id, matchBlocks }) =>
            matchBlocks === undefined ? [] : [[id, { [key]: { matchBlocks, totalBlocks: 10, blockSizeTokens: 64 } }]],
          ),
        ),
        targets: Object.fromEntries(
          Object.entries(choice.profileTargets).map(([profile, ids]) => [profile, [...new Set(ids)]]),
        ),
        primaryProfile: choice.primaryProfile,
      });
      const where = `step ${at}`;
      const scores = run.scores('no-hit-lru-scorer', choice.primaryProfile);
      expect(closeTo(scores, step.expected.scores), `${where} ${JSON.stringify(scores)}`).toBe(true);
      const shown = bench.pool.inspect()['no-hit-lru-scorer'];
      expect(shown, where).toEqual({ oldestFirst: choice.expected.lruOldestFirst });
      run.call?.end();
    }
  });
});

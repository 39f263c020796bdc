import {
  createScheduler,
  defineFetcher,
  definePicker,
  definePlugin,
  defineProfileHandler,
  PointsmanError,
  prefixMatch,
} from '@pointsman/core';
import { closeTo, type RecordedEndpoint, readGolden } from '@pointsman/testkit/harness';
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
  readonly profileTargets: Readonly<Record<string, readonly string[]>>;
  readonly primaryProfile: string;
  readonly expected: { readonly lruOldestFirst: readonly string[] };
}

interface Case {
  readonly id: string;
  readonly params?: object;
  readonly matchInfoProducer: string;
  readonly endpoints: readonly RecordedEndpoint[];
  readonly steps: readonly (ScoreStep | ChoiceStep)[];
}

const folder = new URL('./golden/', import.meta.url);

/** A scheduler with the scorer alone, in which matches and choices are dictated. */
function makeRig({ params, matchInfoProducer, endpoints }: Case) {
  let score: ScoreStep | undefined;
  let choice: ChoiceStep | undefined;
  let scores: Record<string, number> = {};
  const scorer = noHitLruScorer(params as never);
  const match = prefixMatch(matchInfoProducer);
  // The scorer may have been told to read what another producer says, of which there is none.
  const silent = scorer.definition.readsOf(scorer.params, scorer.name).filter(({ id }) => id !== match.id);
  const matches = defineFetcher({
    type: 'matches',
    writes: () => [match, ...silent],
    create: () => ({
      prepare(_cycle, sink, candidates) {
        for (const candidate of candidates) {
          const matchBlocks = score?.candidates.find(({ id }) => id === candidate.id)?.matchBlocks;
          if (matchBlocks === undefined) continue;
          const value = { matchBlocks, cachedBlockCount: matchBlocks, totalBlocks: 10, blockSizeTokens: 64 };
          sink.setCandidate(candidate, match, value);
        }
      },
    }),
  })();
  const watch = definePlugin({
    type: 'watch',
    create: () => ({
      scoring(_cycle, board) {
        if (board.profile === 'prefill') return;
        const ids = Array.from({ length: board.candidates.length }, (_, i) => board.candidates.endpoint(i).id);
        scores = Object.fromEntries(ids.map((id, i) => [id, board.total(i)]));
      },
    }),
  })();
  const picker = definePicker({
    type: 'dictated',
    create: () => ({
      pick(candidates, _totals, cycle, order) {
        const wanted = choice?.profileTargets[cycle.profile]?.[0];
        for (let i = 0; i < candidates.length; i++) if (candidates.endpoint(i).id === wanted) order[0] = i;
        return 1;
      },
    }),
  })();
  const handler = defineProfileHandler({
    type: 'dictated-handler',
    create: () => ({
      handle(_cycle, run) {
        const primary = run(choice?.primaryProfile ?? 'default');
        if (choice?.profileTargets['prefill'] !== undefined) run('prefill');
        const isChosen = (choice?.profileTargets[choice.primaryProfile]?.length ?? 0) > 0;
        return isChosen && primary !== undefined ? { primary } : undefined;
      },
    }),
  })();
  const scheduler = createScheduler({
    endpoints: endpoints.map(({ id }, i) => ({ id, address: '127.0.0.1', port: i + 1 })),
    plugins: [matches, watch],
    profiles: {
      default: { scorers: [scorer], picker },
      decode: { scorers: [scorer], picker },
      prefill: { picker },
    },
    profileHandler: handler,
  });
  const pool = scheduler.pools.get('default')!;
  return {
    scheduler,
    inspect: () => pool.inspect()['no-hit-lru-scorer'],
    async run(scoreStep: ScoreStep, choiceStep: ChoiceStep | undefined): Promise<Record<string, number>> {
      score = scoreStep;
      choice = choiceStep;
      scores = {};
      const subset = scoreStep.candidates.map(({ id }) => id);
      try {
        (await scheduler.schedule({ id: scoreStep.requestId, subset })).end();
      } catch (error) {
        if (!PointsmanError.is(error)) throw error;
      }
      return scores;
    },
  };
}

describe('no-hit-lru-scorer.jsonl', () => {
  const cases = readGolden<Case>('no-hit-lru-scorer.jsonl', folder);
  it.each(cases.map((recorded) => [recorded.id, recorded] as const))('%s', async (_, recorded) => {
    const rig = makeRig(recorded);
    await using _scheduler = rig.scheduler;
    for (const [i, step] of recorded.steps.entries()) {
      if (step.op === 'preRequest') {
        // A choice for a request that was not scored changes nothing; others were made together with their scores.
        expect(rig.inspect()).toEqual({ oldestFirst: step.expected.lruOldestFirst });
        continue;
      }
      const next = recorded.steps[i + 1];
      const choice = next?.op === 'preRequest' && next.requestId === step.requestId ? next : undefined;
      const scores = await rig.run(step, choice);
      expect(closeTo(scores, step.expected.scores), JSON.stringify([scores, step.expected.scores])).toBe(true);
    }
  });
});

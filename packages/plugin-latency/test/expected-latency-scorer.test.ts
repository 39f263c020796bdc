import {
  createScheduler,
  type DataKey,
  defineFetcher,
  definePicker,
  type Explanation,
  type GivenDatum,
  type PluginUse,
} from '@pointsman/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  endpointSpeed,
  endpointSpeedProducer,
  expectedLatency,
  expectedLatencyScorer,
  expectedOutputTokens,
} from '../src/index.ts';
import { createStage, endpoint, SetClock } from './stage.ts';

interface Latency {
  readonly ttftMs: number;
  readonly tpotMs: number;
  readonly load?: number;
}

/** Scores by endpoint for latencies that are given. */
async function explain(scorer: PluginUse, given: readonly Latency[], outputTokens?: number): Promise<Explanation> {
  const silent = defineFetcher({
    type: 'given',
    writes: (): readonly DataKey[] => [endpointSpeed(), expectedLatency(), expectedOutputTokens()],
    create: () => ({ prepare() {} }),
  });
  const first = definePicker({
    type: 'first',
    create: () => ({
      pick(_candidates, _totals, _cycle, order) {
        order[0] = 0;
        return 1;
      },
    }),
  });
  const ids = given.map((_, i) => `e${i}`);
  await using scheduler = createScheduler({
    endpoints: ids.map((id) => endpoint(id)),
    plugins: [silent()],
    profiles: { default: { scorers: [scorer], picker: first() } },
    clock: new SetClock(),
  });
  const data: GivenDatum[] = given.map((value, i) => ({
    key: expectedLatency(),
    endpoint: ids[i]!,
    value: { load: 0, ...value },
  }));
  if (outputTokens !== undefined) data.push({ key: expectedOutputTokens(), value: outputTokens });
  const call = await scheduler.schedule({}, { given: data });
  return call.decision.explain();
}

function scoresOf(explanation: Explanation): readonly number[] {
  const { candidates } = explanation.profiles[0]!;
  const byId = new Map(candidates.map((each) => [each.endpoint, each.scores[0]!.raw]));
  return candidates.map((_, i) => byId.get(`e${i}`)!);
}

async function scores(scorer: PluginUse, given: readonly Latency[], outputTokens?: number): Promise<readonly number[]> {
  return scoresOf(await explain(scorer, given, outputTokens));
}

const ms = fc.double({ min: 0, max: 1e6, noNaN: true });
const latency = fc.record({ ttftMs: ms, tpotMs: ms });

describe('the score', () => {
  it('is best / expected, by the weight of the time between tokens', async () => {
    const given = [
      { ttftMs: 100, tpotMs: 20 },
      { ttftMs: 400, tpotMs: 10 },
    ];
    expect(await scores(expectedLatencyScorer({ tpotWeight: 0 }), given, 101)).toEqual([1, 0.25]);
    expect(await scores(expectedLatencyScorer({ tpotWeight: 1 }), given, 101)).toEqual([0.5, 1]);
    // 50 + 1000 against 200 + 500.
    expect(await scores(expectedLatencyScorer({ tpotWeight: 0.5 }), given, 101)).toEqual([700 / 1050, 1]);
    expect(await scores(expectedLatencyScorer({ tpotWeight: 0.5, outputTokens: 11 }), given, 101)).toEqual([1, 0.6]);
    expect(await scores(expectedLatencyScorer({ tpotWeight: 0.5 }), given)).toEqual([1, 60 / 205]);
  });

  it('is 1 for the best, within 0..1, and less the longer it would take', async () => {
    const law = fc.asyncProperty(
      fc.array(latency, { minLength: 1, maxLength: 10 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.option(fc.integer({ min: 1, max: 2000 }), { nil: undefined }),
      async (given, tpotWeight, outputTokens) => {
        const out = await scores(expectedLatencyScorer({ tpotWeight }), given, outputTokens);
        expect(Math.max(...out)).toBe(1);
        for (const [i, a] of given.entries()) {
          expect(out[i]).toBeGreaterThanOrEqual(0);
          for (const [j, b] of given.entries()) {
            if (a.ttftMs <= b.ttftMs && a.tpotMs <= b.tpotMs) expect(out[i]).toBeGreaterThanOrEqual(out[j]!);
          }
        }
      },
    );
    await fc.assert(law, { numRuns: 60 });
  });

  it('is by load when the speed of an endpoint is not known', async () => {
    const given = [
      { ttftMs: 5, tpotMs: 5, load: 8 },
      { ttftMs: Number.NaN, tpotMs: 5, load: 2 },
      { ttftMs: 5, tpotMs: 5, load: 5 },
    ];
    const explanation = await explain(expectedLatencyScorer(), given);
    expect(scoresOf(explanation)).toEqual([0, 1, 0.5]);
    expect(explanation.notes.map(({ text }) => text)).toEqual([
      'by the number of requests, because not every speed is known',
      'chosen e0: first token in 5 ms, then 5 ms each',
    ]);
    const idle = given.map((each) => ({ ...each, load: Number.NaN }));
    expect(await scores(expectedLatencyScorer(), idle)).toEqual([1, 1, 1]);
  });
});

it('is by the first token alone where there is no time between tokens', async () => {
  const given = [100, 50].map((ttftMs, load) => ({ ttftMs, tpotMs: Number.NaN, load }));
  expect(await scores(expectedLatencyScorer(), given, 1)).toEqual([0.5, 1]);
  // Where only that time would count, it is by load.
  expect(await scores(expectedLatencyScorer({ tpotWeight: 1 }), given, 1)).toEqual([1, 0]);
});

describe('the explanation', () => {
  it('names the best two and what was chosen instead, in milliseconds', async () => {
    const given = [
      { ttftMs: 1234.5, tpotMs: 50.04 },
      { ttftMs: 84.04, tpotMs: 12.06 },
      { ttftMs: 300, tpotMs: 25 },
    ];
    const { notes } = await explain(expectedLatencyScorer(), given, 100);
    expect(notes).toEqual([
      {
        plugin: 'expected-latency-scorer',
        text: 'best e1: first token in 84 ms, then 12.1 ms each; next e2: first token in 300 ms, then 25 ms each',
      },
      { plugin: 'expected-latency-scorer', text: 'chosen e0: first token in 1235 ms, then 50 ms each' },
    ]);
  });

  it('says no more than there is to say', async () => {
    const only = await explain(expectedLatencyScorer(), [{ ttftMs: 84, tpotMs: 12 }]);
    expect(only.notes.map(({ text }) => text)).toEqual(['best e0: first token in 84 ms, then 12 ms each']);
    const first = [84, 85].map((ttftMs) => ({ ttftMs, tpotMs: Number.NaN }));
    const { notes } = await explain(expectedLatencyScorer({ tpotWeight: 0 }), first);
    expect(notes.map(({ text }) => text)).toEqual([
      'best e0: first token in 84 ms, then unknown ms each; next e1: first token in 85 ms, then unknown ms each',
    ]);
  });
});

describe('an idle endpoint of which nothing was heard', () => {
  const stageOf = (exploration: number) =>
    createStage({
      producer: endpointSpeedProducer(),
      scorers: [expectedLatencyScorer({ exploration })],
      endpoints: ['a', 'b', 'c'].map((id) => endpoint(id)),
    });

  it('is tried by that share of the requests, each with the same chance', async () => {
    await using stage = stageOf(0.2);
    for (let i = 0; i < 5; i++)
      for (const on of ['a', 'b', 'c']) await stage.serve({ on, tokens: 100 }, on === 'a' ? 10 : 90);
    stage.clock.ms += 31_000;
    await stage.serve({ on: 'a', tokens: 100 }, 10);
    const tried = { a: 0, b: 0, c: 0 };
    for (let i = 0; i < 1000; i++) {
      const call = await stage.place({ on: 'a', tokens: 100 });
      const { notes, profiles } = call.decision.explain();
      call.end({ status: 'aborted' });
      const text = notes.find((note) => note.text.startsWith('tries '))?.text;
      const best = profiles[0]!.candidates[0]!;
      expect(best.total).toBe(1);
      if (text === undefined) {
        expect(best.endpoint).toBe('a');
        continue;
      }
      expect(profiles[0]!.candidates[1]).toMatchObject({ endpoint: 'a', total: 0.9 });
      tried[text.slice(6, 7) as 'a' | 'b' | 'c']++;
    }
    expect(tried.a).toBe(0);
    for (const count of [tried.b, tried.c]) {
      expect(count).toBeGreaterThan(60);
      expect(count).toBeLessThan(140);
    }
  });

  it.each(['nothing is to be tried', 'it has something to do', 'it was heard of'])(
    'is left alone when %s',
    async (why) => {
      await using stage = stageOf(why === 'nothing is to be tried' ? 0 : 1);
      for (let i = 0; i < 5; i++)
        for (const on of ['a', 'b', 'c']) await stage.serve({ on, tokens: 100 }, on === 'a' ? 10 : 90);
      if (why !== 'it was heard of') stage.clock.ms += 31_000;
      await stage.serve({ on: 'a', tokens: 100 }, 10);
      if (why === 'it has something to do') for (const on of ['b', 'c']) await stage.place({ on, tokens: 100 });
      const call = await stage.place({ on: 'a', tokens: 100 });
      expect(call.decision.explain().notes.map(({ text }) => text)).toEqual([expect.stringMatching(/^best a: /)]);
    },
  );
});

it('expects more of a longer prompt and of a busier endpoint, and never less', async () => {
  await using stage = createStage({ scorers: [expectedLatencyScorer({ exploration: 0 })] });
  for (const tokens of [200, 1000, 4000, 500]) {
    for (const on of ['a', 'b']) await stage.serve({ on, tokens }, 20 + tokens / 10);
  }
  const law = fc.asyncProperty(fc.nat(10_000), fc.nat(10_000), fc.nat(5), async (one, other, busy) => {
    const [short, long] = [Math.min(one, other), Math.max(one, other)];
    const alone = (await stage.expected('a', short)).ttftMs;
    expect((await stage.expected('a', long)).ttftMs).toBeGreaterThanOrEqual(alone);
    const calls = [];
    for (let i = 0; i < busy; i++) calls.push(await stage.place({ on: 'a', tokens: 700 }));
    const behind = await stage.expected('a', short);
    expect(behind.ttftMs).toBeGreaterThanOrEqual(alone);
    expect((await stage.expected('b', short)).ttftMs).toBeLessThanOrEqual(behind.ttftMs + 1);
    for (const call of calls) call.end({ status: 'aborted' });
  });
  await fc.assert(law, { numRuns: 60 });
});

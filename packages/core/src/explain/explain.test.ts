import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestPicker, filtering, hooking, scoringTable } from '../../test/sample-plugins.ts';
import { samplePool, specs } from '../../test/sample-pool.ts';
import { defineFetcher, defineScorer, endpointNumber, formatExplanation, NO_OPINION } from '../index.ts';

const heat = endpointNumber('heat/thermometer', { fallback: 0 });
const thermometer = defineFetcher({
  type: 'thermometer',
  writes: [heat],
  create: () => ({ stream: () => new Promise<void>(() => {}) }),
});
const cool = defineScorer({
  type: 'cool',
  reads: [heat],
  create: () => ({ score: (endpoint) => 1 - endpoint.get(heat) / 100 }),
});

/** Four endpoints: e3 is dropped; `speed` prefers e1, `cool` e0; a hook moves e2. */
async function explained() {
  const sample = await samplePool({
    endpoints: specs(4),
    plugins: [
      thermometer(),
      hooking('mover', { scoring: (_cycle, board) => board.adjust(2, 0.125, 'warm spare') }),
      hooking('remarks', { preCall: (cycle) => cycle.note('a remark') }),
    ],
    filters: [filtering('awake', ({ id }) => (id === 'e3' ? 'is asleep' : true))],
    scorers: [
      [scoringTable('speed', { e0: 0.25, e1: 0.5 }), 2],
      [cool(), 1],
    ],
    picker: bestPicker({ count: 2 }),
  });
  const { pool, clock, scheduler } = sample;
  pool.setData('e0', heat, 10);
  pool.setData('e1', heat, 50);
  await clock.advance(250);
  return { ...sample, call: await scheduler.schedule({ id: 'r-1', model: 'm', subset: undefined }) };
}

describe('the explanation of a decision', () => {
  it('has everything that led to it', async () => {
    const { call } = await explained();
    const explanation = call.decision.explain();
    expect(explanation).toMatchObject({
      version: 1,
      id: 'default:1',
      requestId: 'r-1',
      model: 'm',
      at: '2026-01-01T00:00:00.250Z',
      seed: 'pointsman/default',
      target: 'e1',
      fallbacks: ['e0'],
      notes: [{ plugin: 'remarks', text: 'a remark' }],
      attempts: [{ endpoint: 'e1', left: null }],
      outcome: null,
    });
    const [profile] = explanation.profiles;
    expect(profile).toMatchObject({
      considered: ['e0', 'e1', 'e2', 'e3'],
      filters: [{ plugin: 'awake', kept: 3 }],
      dropped: [{ endpoint: 'e3', filter: 'awake', reason: 'is asleep' }],
      scorers: [
        { plugin: 'speed', weight: 2 },
        { plugin: 'cool', weight: 1 },
      ],
      candidates: [
        { endpoint: 'e1', total: 1.5, rank: 1 },
        { endpoint: 'e0', total: 1.4, rank: 2 },
        { endpoint: 'e2', total: 1.125, rank: null },
      ],
      adjustments: [{ plugin: 'mover', endpoint: 'e2', delta: 0.125, reason: 'warm spare' }],
      picked: ['e1', 'e0'],
      tied: 1,
    });
    expect(profile!.candidates[1]!.scores).toEqual([
      { raw: 0.25, weighted: 0.5 },
      { raw: 0.9, weighted: 0.9 },
    ]);
    expect(profile!.margin).toBeCloseTo(0.1, 12);
    expect(explanation.data).toEqual([
      {
        writer: 'thermometer',
        ages: [
          { endpoint: 'e0', ageMs: 250 },
          { endpoint: 'e1', ageMs: 250 },
          { endpoint: 'e2', ageMs: null },
        ],
      },
    ]);
  });

  it('follows the call to its end', async () => {
    const { call, clock } = await explained();
    call.next('connect refused');
    call.responseHeaders(200);
    await clock.advance(40);
    call.firstToken();
    await clock.advance(60);
    call.end({ usage: { promptTokens: 100, cachedTokens: 64, outputTokens: 7 } });
    expect(call.decision.explain()).toMatchObject({
      target: 'e0',
      attempts: [
        { endpoint: 'e1', left: 'connect refused' },
        { endpoint: 'e0', left: null },
      ],
      outcome: {
        status: 'ok',
        httpStatus: 200,
        firstTokenMs: 40,
        totalMs: 100,
        promptTokens: 100,
        cachedTokens: 64,
        outputTokens: 7,
      },
    });
  });

  it('shows a scorer without an opinion as such', async () => {
    const shy = defineScorer({
      type: 'shy',
      create: () => ({ scoreAll: (_candidates, _cycle, out) => void out.set([NO_OPINION, 0.5, 2]) }),
    });
    const { scheduler } = await samplePool({ scorers: [shy()] });
    const { decision } = await scheduler.schedule({});
    const [profile] = decision.explain().profiles;
    const cells = Object.fromEntries(profile!.candidates.map(({ endpoint, scores }) => [endpoint, scores[0]]));
    expect(cells).toEqual({
      e0: { raw: null, weighted: 0 },
      e1: { raw: 0.5, weighted: 0.5 },
      e2: { raw: 2, weighted: 1 },
    });
  });

  it('is plain data: JSON keeps it', async () => {
    const { call } = await explained();
    const explanation = call.decision.explain();
    expect(JSON.parse(formatExplanation(explanation, { as: 'json' }))).toEqual(explanation);
  });
});

describe('what would have flipped it', () => {
  const score = fc.integer({ min: 0, max: 64 }).map((n) => n / 64);
  const weight = fc.integer({ min: 1, max: 12 }).map((n) => n / 4);

  it('is true: with the named weight or score the runner-up draws level', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ weight, scores: fc.tuple(score, score, score) }), { minLength: 1, maxLength: 4 }),
        async (scorers) => {
          const uses = scorers.map(
            ({ weight: w, scores: [e0, e1, e2] }, i) => [scoringTable(`s${i}`, { e0, e1, e2 }), w] as const,
          );
          const { scheduler } = await samplePool({ scorers: uses });
          const { decision } = await scheduler.schedule({});
          const profile = decision.explain().profiles[0]!;
          const [target, runnerUp] = profile.candidates;
          for (const flip of profile.flips) {
            const s = profile.scorers.findIndex(({ plugin }) => plugin === flip.scorer);
            const w = profile.scorers[s]!.weight;
            const [ofTarget, ofRunnerUp] = [target!.scores[s]!.raw!, runnerUp!.scores[s]!.raw!];
            if (flip.weight !== null) {
              const totals = [target!.total - ofTarget * w, runnerUp!.total - ofRunnerUp * w];
              expect(totals[0]! + ofTarget * flip.weight).toBeCloseTo(totals[1]! + ofRunnerUp * flip.weight, 9);
            }
            if (flip.rawScore !== null) {
              expect(runnerUp!.total + (flip.rawScore - ofRunnerUp) * w).toBeCloseTo(target!.total, 9);
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

it('names no flip where the seed decided', async () => {
  const { scheduler } = await samplePool({ scorers: [scoringTable('s', { e0: 0.5, e1: 0.5, e2: 0.5 })] });
  const { decision } = await scheduler.schedule({});
  expect(decision.explain().profiles[0]).toMatchObject({ tied: 3, margin: 0, flips: [] });
});

describe('an explanation for people', () => {
  it('as a table', async () => {
    const { call } = await explained();
    const text = formatExplanation(call.decision.explain(), { as: 'table' });
    for (const line of [
      'Decision default:1 at 2026-01-01T00:00:00.250Z, seed pointsman/default',
      'Target: e1',
      'Profile default: 4 considered',
      '  dropped e3 by awake: is asleep',
      '     endpoint  total  speed x2    cool x1',
      '  1  e1        1.5    0.5 = 1     0.5 = 0.5',
      '  2  e0        1.4    0.25 = 0.5  0.9 = 0.9',
      '  mover moved e2 by 0.125: warm spare',
      'best-picker: ahead by 0.1',
      'Data: thermometer up to 250 ms old, 1 never written',
      'Note: remarks: a remark',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
  });

  it('as Markdown: a table that names cannot break', async () => {
    const { scheduler } = await samplePool({
      endpoints: [{ ...specs(1)[0]!, id: 'a|b' }, specs(2)[1]!],
      scorers: [scoringTable('s', { 'a|b': 1 })],
    });
    const { decision } = await scheduler.schedule({});
    const rows = formatExplanation(decision.explain(), { as: 'markdown' }).split('\n');
    expect(rows).toContain('| 1 | a\\|b | 1 | 1 = 1 |');
    expect(rows).toContain('| --- | --- | --- | --- |');
  });

  it('shows as many candidates as wanted', async () => {
    const { scheduler } = await samplePool({ endpoints: specs(30) });
    const { decision } = await scheduler.schedule({});
    expect(formatExplanation(decision.explain(), { as: 'table', top: 3 })).toContain('... and 27 more');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scoring, scoringTable } from '../../test/sample-plugins.ts';
import { graph, samplePool, specs } from '../../test/sample-pool.ts';
import { createScheduler, defineScorer, endpointNumber, NO_OPINION, type PluginUse, requestValue } from '../index.ts';

const bulk = (name: string, fill: (out: Float64Array, length: number) => void): PluginUse =>
  defineScorer({
    type: name,
    create: () => ({ scoreAll: (candidates, _cycle, out) => fill(out, candidates.length) }),
  })();

/** Totals by endpoint, in the order of the endpoints. */
async function totalsOf(scorers: readonly (PluginUse | readonly [PluginUse, number])[], count = 3) {
  const { scheduler, pool } = await samplePool({ scorers, endpoints: specs(count) });
  const { decision } = await scheduler.schedule({});
  const explained = decision.explain();
  const candidates = [...explained.profiles[0]!.candidates].sort((x, y) => x.endpoint.localeCompare(y.endpoint));
  return {
    totals: candidates.map(({ total }) => total),
    cells: candidates.map(({ scores }) => scores),
    faults: explained.faults,
    counts: pool.faultCounts(),
    target: decision.target.id,
  };
}

describe('score', () => {
  it('adds scores times weights; without a weight it is 1', async () => {
    const a = scoringTable('a', { e0: 0.5, e1: 1 });
    const b = scoringTable('b', { e0: 1, e1: 0.25, e2: 0.75 });
    const { totals, cells, target } = await totalsOf([a, [b, 2.5]]);
    expect(totals).toEqual([3, 1.625, 1.875]);
    expect(cells[1]).toEqual([
      { raw: 1, weighted: 1 },
      { raw: 0.25, weighted: 0.625 },
    ]);
    expect(target).toBe('e0');
  });

  it('lets a weight of 0 count for nothing, and a negative one against', async () => {
    const a = scoringTable('a', { e0: 1, e1: 0.5 });
    expect((await totalsOf([[a, 0]])).totals).toEqual([0, 0, 0]);
    const against = await totalsOf([[a, -2]]);
    expect(against.totals.map((total) => total + 0)).toEqual([-2, -1, 0]);
    expect(against.target).toBe('e2');
  });

  it('clamps to 0..1 and shows what the scorer said', async () => {
    const { totals, cells, faults } = await totalsOf([scoringTable('a', { e0: 1.5, e1: -0.5, e2: 0.5 })]);
    expect(totals).toEqual([1, 0, 0.5]);
    expect(cells).toEqual([[{ raw: 1.5, weighted: 1 }], [{ raw: -0.5, weighted: 0 }], [{ raw: 0.5, weighted: 0.5 }]]);
    expect(faults).toEqual([]);
  });

  it('takes no opinion as 0 and shows it as absent', async () => {
    const { totals, cells, faults } = await totalsOf([
      scoring('a', ({ id }) => (id === 'e1' ? NO_OPINION : 0.5)),
      bulk('b', (out) => {
        out[2] = 0.25;
      }),
    ]);
    expect(totals).toEqual([0.5, 0, 0.75]);
    expect(cells.map((row) => row.map(({ raw }) => raw))).toEqual([
      [0.5, null],
      [null, null],
      [0.5, 0.25],
    ]);
    expect(faults).toEqual([]);
  });

  it('scores nothing without scorers', async () => {
    expect((await totalsOf([])).totals).toEqual([0, 0, 0]);
  });

  it('counts a scorer twice that is named twice', async () => {
    const a = scoringTable('a', { e0: 0.5 });
    expect((await totalsOf([a, [a, 3]])).totals).toEqual([2, 0, 0]);
  });

  it('refuses weights that are no number', async () => {
    const a = scoringTable('a', {});
    for (const weight of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => createScheduler({ ...graph({ scorers: [[a, weight]] }), endpoints: [] })).toThrow(
        expect.objectContaining({
          code: 'CONFIG_INVALID',
          message: `scorer "a" of profile "default" has the weight ${weight}`,
        }),
      );
    }
  });
});

describe('a scorer that fails', () => {
  it.each<[string, PluginUse]>([
    ['NaN', scoring('bad', ({ id }) => (id === 'e1' ? Number.NaN : 1))],
    ['Infinity', scoring('bad', ({ id }) => (id === 'e1' ? Number.POSITIVE_INFINITY : 1))],
    ['a text', scoring('bad', ({ id }) => (id === 'e1' ? ('1' as never) : 1))],
    ['nothing', scoring('bad', ({ id }) => (id === 'e1' ? (undefined as never) : 1))],
    [
      'NaN in bulk',
      bulk('bad', (out) => {
        out.set([1, Number.NaN, 1]);
      }),
    ],
  ])('loses the score for which it gave %s', async (_, bad) => {
    const { totals, cells, faults, counts } = await totalsOf([bad, [scoringTable('good', { e1: 1 }), 0.5]]);
    expect(totals).toEqual([1, 0.5, 1]);
    expect(cells[1]).toEqual([
      { raw: null, weighted: 0 },
      { raw: 1, weighted: 0.5 },
    ]);
    expect(faults).toEqual([{ plugin: 'bad', stage: 'score', message: '1 of 3 scores are no finite number' }]);
    expect(counts).toEqual({ 'score/bad': 1 });
  });

  it.each<[string, PluginUse]>([
    [
      'one by one',
      scoring('bad', ({ id }) => {
        if (id === 'e2') throw new Error('no idea');
        return 1;
      }),
    ],
    [
      'in bulk',
      bulk('bad', (out) => {
        out.fill(1);
        throw new Error('no idea');
      }),
    ],
  ])('loses all of its scores when it throws midway, %s', async (_, bad) => {
    const { totals, cells, faults } = await totalsOf([bad, scoringTable('good', { e1: 0.25 })]);
    expect(totals).toEqual([0, 0.25, 0]);
    expect(cells.every(([cell]) => cell!.raw === null && cell!.weighted === 0)).toBe(true);
    expect(faults).toEqual([{ plugin: 'bad', stage: 'score', message: 'no idea' }]);
  });

  it('is told when it reads data that it did not declare', async () => {
    const sly = scoring('sly', (endpoint) =>
      (endpoint as { get(key: unknown): number }).get(endpointNumber('Secret/other')),
    );
    const { faults } = await totalsOf([sly]);
    expect(faults).toEqual([
      { plugin: 'sly', stage: 'score', message: 'plugin "sly" reads Secret/other without declaring it' },
    ]);
  });

  it('is logged at the first fault and then at every doubling', async () => {
    const lines: string[] = [];
    const log = { debug() {}, info() {}, error() {}, warn: (line: string) => void lines.push(line) };
    const { scheduler, pool } = await samplePool({ scorers: [scoring('bad', () => Number.NaN)], log });
    for (let i = 0; i < 100; i++) (await scheduler.schedule({})).end();
    expect(pool.faultCounts()).toEqual({ 'score/bad': 100 });
    expect(lines).toHaveLength(7);
  });
});

const rawScore = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: -0.5, max: 1.5, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, NO_OPINION, -0, 0, 1, 1e308, -1e308) },
);

it('totals are the weighted sum of clamped scores, for any scores and weights', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 20 }).chain((count) =>
        fc.array(
          fc.record({
            weight: fc.oneof(fc.double({ min: -10, max: 10, noNaN: true }), fc.constantFrom(0, 1, -1)),
            raw: fc.array(rawScore, { minLength: count, maxLength: count }),
            inBulk: fc.boolean(),
          }),
          { minLength: 1, maxLength: 4 },
        ),
      ),
      async (columns) => {
        const count = columns[0]!.raw.length;
        const scorers = columns.map(({ raw, weight, inBulk }, s): readonly [PluginUse, number] => [
          inBulk ? bulk(`s${s}`, (out) => out.set(raw)) : scoring(`s${s}`, ({ id }) => raw[Number(id.slice(1))]!),
          weight,
        ]);
        const scheduler = createScheduler({ ...graph({ scorers }), endpoints: specs(count) });
        const { decision } = await scheduler.schedule({});
        const { candidates } = decision.explain().profiles[0]!;
        for (const { endpoint, total } of candidates) {
          let expected = 0;
          for (const { raw, weight } of columns) {
            const score = raw[Number(endpoint.slice(1))]!;
            expected += (Number.isFinite(score) ? Math.min(1, Math.max(0, score)) : 0) * weight;
          }
          expect(total).toBeCloseTo(expected, 12);
        }
        const best = Math.max(...candidates.map(({ total }) => total));
        expect(candidates.find(({ endpoint }) => endpoint === decision.target.id)?.total).toBe(best);
        await scheduler.close();
      },
    ),
    { numRuns: 200 },
  );
});

it('request data that a scorer did not declare is refused, and costs its contribution', async () => {
  const secret = requestValue<string>()('secret/other');
  const sly = defineScorer({
    type: 'sly',
    create: () => ({ score: (_endpoint, cycle) => ((cycle as { get(key: unknown): unknown }).get(secret) ? 1 : 0) }),
  });
  const { scheduler } = await samplePool({ scorers: [sly()] });
  const { decision } = await scheduler.schedule({});
  expect(decision.explain().faults).toEqual([
    { plugin: 'sly', stage: 'score', message: 'plugin "sly" reads secret/other without declaring it' },
  ]);
});

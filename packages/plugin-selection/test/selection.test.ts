import {
  createScheduler,
  defineFilter,
  definePlugin,
  type PluginFactory,
  type PluginUse,
  type ProfileOptions,
  type RequestInput,
} from '@pointsman/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dataParallelProfileHandler,
  headerProfileHandler,
  maxScorePicker,
  randomPicker,
  singleProfileHandler,
  weightedRandomPicker,
} from '../src/index.ts';

const endpointsOf = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: `ns/${i}`, address: `10.0.0.${i + 1}`, port: 8000 }));

/** What a picker names when the endpoints have these totals. */
async function pick(picker: PluginUse, totals: readonly number[], seed = 'test'): Promise<readonly number[]> {
  const totalsOf = definePlugin({
    type: 'totals',
    create: () => ({
      scoring(_cycle, board) {
        for (const [i, total] of totals.entries()) board.adjust(i, total, 'given');
      },
    }),
  });
  await using scheduler = createScheduler({
    endpoints: endpointsOf(totals.length),
    plugins: [totalsOf()],
    profiles: { default: { picker } },
    seed,
  });
  await using call = await scheduler.schedule({});
  expect(call.decision.explain().faults).toEqual([]);
  return call.decision.results[0]!.picked.map(({ id }) => Number(id.slice(3)));
}

const finite = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE),
);
const anyTotals = fc.array(finite, { minLength: 1, maxLength: 12 });
const anySeed = fc.string({ maxLength: 8 });
const anyCount = fc.integer({ min: 1, max: 15 });

describe('max-score-picker', () => {
  it('names the best, best first', async () => {
    await fc.assert(
      fc.asyncProperty(anyTotals, anyCount, anySeed, async (totals, maxNumOfEndpoints, seed) => {
        const picked = await pick(maxScorePicker({ maxNumOfEndpoints }), totals, seed);
        const best = [...totals].sort((a, b) => b - a).slice(0, maxNumOfEndpoints);
        // `+ 0` makes one zero of the two.
        expect(picked.map((i) => totals[i]! + 0)).toEqual(best.map((total) => total + 0));
      }),
      { numRuns: 60 },
    );
  });

  it('gives each of equal endpoints its share', async () => {
    const first = new Map<number, number>();
    for (let seed = 0; seed < 400; seed++) {
      const [index] = await pick(maxScorePicker(), [1, 5, 5, 5, 2], `seed ${seed}`);
      first.set(index!, (first.get(index!) ?? 0) + 1);
    }
    expect([...first.keys()].sort()).toEqual([1, 2, 3]);
    for (const count of first.values()) expect(count).toBeGreaterThan(80);
  });
});

describe('weighted-random-picker', () => {
  it('names endpoints without a positive total only after all others', async () => {
    await fc.assert(
      fc.asyncProperty(anyTotals, anyCount, anySeed, async (totals, maxNumOfEndpoints, seed) => {
        const picked = await pick(weightedRandomPicker({ maxNumOfEndpoints }), totals, seed);
        const isPositive = picked.map((i) => totals[i]! > 0);
        expect(isPositive).toEqual([...isPositive].sort((a, b) => Number(b) - Number(a)));
        const positive = totals.filter((total) => total > 0).length;
        expect(isPositive.filter(Boolean)).toHaveLength(Math.min(positive, picked.length));
      }),
      { numRuns: 60 },
    );
  });
});

describe.each([maxScorePicker, randomPicker, weightedRandomPicker])('$type', (factory) => {
  it('names as many as asked, and the same for the same seed', async () => {
    await fc.assert(
      fc.asyncProperty(anyTotals, fc.integer({ min: -3, max: 15 }), anySeed, async (totals, wanted, seed) => {
        const picked = await pick(factory({ maxNumOfEndpoints: wanted }), totals, seed);
        expect(picked).toHaveLength(Math.min(totals.length, Math.max(1, wanted)));
        expect(new Set(picked).size).toBe(picked.length);
        expect(await pick(factory({ maxNumOfEndpoints: wanted }), totals, seed)).toEqual(picked);
      }),
      { numRuns: 40 },
    );
  });
});

const nobody = defineFilter({ type: 'nobody', create: () => ({ keep: () => 'not here' }) });

/** Which profile a handler ran, or the code of the error. */
async function ran(handler: PluginUse, profiles: Readonly<Record<string, ProfileOptions>>, request: RequestInput = {}) {
  await using scheduler = createScheduler({ endpoints: endpointsOf(2), profiles, profileHandler: handler });
  try {
    await using call = await scheduler.schedule(request);
    return {
      primary: call.decision.primaryProfile,
      headers: call.decision.headers,
      notes: call.decision.explain().notes,
    };
  } catch (error) {
    return { code: (error as { code: string }).code };
  }
}

describe('header-profile-handler', () => {
  const picker = maxScorePicker();
  const two = { decode: { picker }, prefill: { picker } };
  it.each([
    ['the default without the header', {}, { primary: 'decode' }],
    ['the default for a blank header', { 'epp-profile': '  ' }, { primary: 'decode' }],
    ['the profile of the header', { 'epp-profile': ' prefill ' }, { primary: 'prefill' }],
    ['nothing for an unknown profile', { 'epp-profile': 'encode' }, { code: 'ALL_FILTERED' }],
    ['nothing for a property of every object', { 'epp-profile': 'constructor' }, { code: 'ALL_FILTERED' }],
  ])('runs %s', async (_, headers, expected) => {
    expect(await ran(headerProfileHandler(), two, { headers })).toMatchObject(expected);
  });

  it('runs the only profile, whatever the header says', async () => {
    const headers = { 'epp-profile': 'prefill' };
    expect(await ran(headerProfileHandler(), { other: { picker } }, { headers })).toMatchObject({ primary: 'other' });
  });

  it('runs no other profile when the filters of the one leave nobody', async () => {
    const profiles = { decode: { filters: [nobody()], picker }, prefill: { picker } };
    expect(await ran(headerProfileHandler(), profiles)).toEqual({ code: 'ALL_FILTERED' });
  });
});

describe('data-parallel-profile-handler', () => {
  it('sends the request to the front door, and names the rank in a header, also after a fallback', async () => {
    const ranks = endpointsOf(3).map((spec) => ({ ...spec, port: 8201 }));
    await using scheduler = createScheduler({
      endpoints: ranks,
      profiles: { default: { picker: maxScorePicker({ maxNumOfEndpoints: 3 }) } },
      profileHandler: dataParallelProfileHandler(),
    });
    await using call = await scheduler.schedule({});
    const header = () => call.decision.headers['x-data-parallel-host-port'];
    const { target } = call.decision;
    expect(target.hostPort).toBe(`${target.address}:8000`);
    expect(header()).toBe(`${target.address}:8201`);
    const fallback = call.next('connect refused')!;
    expect(fallback.id).not.toBe(target.id);
    expect(fallback.hostPort).toBe(`${fallback.address}:8000`);
    expect(header()).toBe(`${fallback.address}:8201`);
  });
});

describe('parameters', () => {
  const wrong: readonly [PluginFactory, unknown, RegExp][] = [
    ...[maxScorePicker, randomPicker, weightedRandomPicker].flatMap((picker): [PluginFactory, unknown, RegExp][] => [
      [picker, { maxNumOfEndpoints: '1' }, /maxNumOfEndpoints/],
      [picker, { maxNumOfEndpoints: 1.5 }, /maxNumOfEndpoints/],
      [picker, { maxNumOfEndpoints: 1e300 }, /maxNumOfEndpoints/],
      [picker, { maxNumOfEndpoints: null }, /maxNumOfEndpoints/],
      [picker, { max: 1 }, /max/],
    ]),
    [headerProfileHandler, { headerName: 1 }, /headerName/],
    [headerProfileHandler, { defaultProfile: ['a'] }, /defaultProfile/],
    [headerProfileHandler, { header: 'a' }, /header/],
    [dataParallelProfileHandler, { primaryPort: -1 }, /primaryPort/],
    [dataParallelProfileHandler, { primaryPort: 65_536 }, /primaryPort/],
    [dataParallelProfileHandler, { primaryPort: 80.5 }, /primaryPort/],
    [dataParallelProfileHandler, { primaryPort: '8000' }, /primaryPort/],
    [dataParallelProfileHandler, { port: 1 }, /port/],
  ];
  it.each(
    wrong.map(
      ([factory, params, message]) => [factory.type, JSON.stringify(params), factory, params, message] as const,
    ),
  )('%s refuses %s', (type, _, factory, params, message) => {
    expect(() => factory(params)).toThrow(
      expect.objectContaining({ code: 'PARAMS_INVALID', plugin: type, message: expect.stringMatching(message) }),
    );
  });

  it('single-profile-handler takes none, and minds none, as the reference', () => {
    expect(() => singleProfileHandler({ unknownKey: 1 })).not.toThrow();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { disaggProfileHandler } from '../src/index.ts';
import { type Came, createRig, ENCODERS, PREFILLER, type RigOptions } from './rig.ts';

const deciders = { prefill: 'p', encode: 'e' };
const three = { d: 'decode', p: 'prefill', x: 'encode', y: 'encode' };

async function once(options: RigOptions, headers: Readonly<Record<string, string>> = {}): Promise<Came> {
  await using rig = createRig(options);
  return await rig.run({ headers });
}

describe('decode first', () => {
  it('names the endpoints of all stages, all encoders among them', async () => {
    const came = await once({
      endpoints: three,
      handler: disaggProfileHandler({ deciders }),
      verdicts: { p: { d: 1 }, e: { d: 1 } },
    });
    expect(came).toEqual({
      target: 'd',
      companions: { prefill: 'p', encode: 'x' },
      ran: ['decode', 'encode', 'prefill'],
      headers: { [PREFILLER]: '10.0.0.2:8001', [ENCODERS]: '10.0.0.3:8002,10.0.0.4:8003' },
      peers: { prefill: 'd' },
      notes: [],
      faults: [],
      error: undefined,
    });
  });

  it('asks deciders about the endpoint that answers, and about no other', async () => {
    const came = await once({
      endpoints: { ...three, d2: 'decode' },
      handler: disaggProfileHandler({ deciders }),
      verdicts: { p: { d: 0, d2: 1, p: 1 }, e: { d2: 1, p: 1, x: 1 } },
    });
    expect(came).toMatchObject({ target: 'd', companions: {}, ran: ['decode'], headers: {}, peers: {} });
    expect(came.notes).toEqual(['no encode: "e" said nothing', 'no prefill: "p" decided against it']);
  });

  it('lets the endpoint that answers do what nobody else can', async () => {
    const came = await once({
      endpoints: { d: 'decode' },
      handler: disaggProfileHandler({ deciders }),
      verdicts: { p: { d: 1 }, e: { d: 1 } },
    });
    expect(came).toMatchObject({ target: 'd', companions: {}, ran: ['decode'], headers: {}, error: undefined });
    expect(came.notes).toEqual([
      'no encode: profile "encode" found nobody',
      'no prefill: profile "prefill" found nobody',
    ]);
  });

  it('turns requests away that nobody can answer, whoever could prefill', async () => {
    const endpoints = { p: 'prefill', x: 'encode' };
    const verdicts = { p: { p: 1 }, e: { x: 1 } };
    const came = await once({ endpoints, handler: disaggProfileHandler({ deciders }), verdicts });
    expect(came).toMatchObject({ error: 'ALL_FILTERED', faults: [] });
  });

  it('runs the profiles that it is told, with the older names of parameters too', async () => {
    const options = {
      endpoints: { a: 'd1', b: 'p1', c: 'e1' },
      profiles: ['d1', 'p1', 'e1'],
      verdicts: { p: { a: 1 }, e: { a: 1 } },
    };
    const profiles = { decode: 'd1', prefill: 'p1', encode: 'e1' };
    const came = await once({ ...options, handler: disaggProfileHandler({ profiles, deciders }) });
    expect(came).toMatchObject({ target: 'a', companions: { prefill: 'b', encode: 'c' }, ran: ['d1', 'e1', 'p1'] });
    const older = { decodeProfile: 'd1', prefillProfile: 'p1', encodeProfile: 'e1', encodeDeciderPluginName: 'e' };
    for (const name of ['deciderPluginName', 'prefillDeciderPluginName']) {
      expect(await once({ ...options, handler: disaggProfileHandler({ ...older, [name]: 'p' }) })).toEqual(came);
    }
  });

  it('notes a decode profile that does not exist', async () => {
    const handler = disaggProfileHandler({ profiles: { decode: 'nowhere' } });
    expect(await once({ endpoints: three, handler })).toMatchObject({ error: 'ALL_FILTERED', faults: [] });
  });
});

describe('prefill first', () => {
  const handler = disaggProfileHandler({ stageOrder: 'prefill-first', deciders: { encode: 'e' } });

  it('always prefills elsewhere where it can, and tells the decode profile where', async () => {
    const came = await once({ endpoints: three, handler, verdicts: { e: { p: 1, d: 0 } } });
    expect(came).toMatchObject({
      target: 'd',
      companions: { prefill: 'p', encode: 'x' },
      ran: ['prefill', 'encode', 'decode'],
      peers: { decode: 'p' },
    });
  });

  it('asks about the endpoint that answers when nobody prefills', async () => {
    const endpoints = { d: 'decode', x: 'encode' };
    const came = await once({ endpoints, handler, verdicts: { e: { d: 1 } } });
    expect(came).toMatchObject({ target: 'd', companions: { encode: 'x' }, ran: ['decode', 'encode'], peers: {} });
    expect(came.headers).toEqual({ [ENCODERS]: '10.0.0.2:8001' });
  });

  it('does without a prefill profile', async () => {
    const came = await once({ endpoints: three, handler, profiles: ['decode'], verdicts: { e: {} } });
    expect(came).toMatchObject({ target: 'd', companions: {}, ran: ['decode'], headers: {} });
  });
});

describe('headers of the client', () => {
  const forged = { [PREFILLER]: '6.6.6.6:1', [ENCODERS]: '6.6.6.6:1,6.6.6.6:2' };

  it('are taken out when no endpoint takes their place', async () => {
    const options = { endpoints: three, handler: disaggProfileHandler() };
    expect((await once(options, forged)).headers).toEqual({ [PREFILLER]: '', [ENCODERS]: '' });
    expect((await once(options)).headers).toEqual({});
  });

  it('are replaced', async () => {
    const handler = disaggProfileHandler({ deciders: { prefill: 'p' } });
    const came = await once({ endpoints: three, handler, verdicts: { p: { d: 1 } } }, forged);
    expect(came.headers).toEqual({ [PREFILLER]: '10.0.0.2:8001', [ENCODERS]: '' });
  });
});

describe('laws', () => {
  const roles = fc.constantFrom('decode', 'prefill', 'encode', 'prefill-decode', 'encode-prefill', 'none');
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const said = fc.dictionary(fc.constantFrom(...names), fc.constantFrom(0, 1, -1, Number.NaN, 1e300));
  const world = fc.record({
    endpoints: fc.dictionary(fc.constantFrom(...names), roles, { minKeys: 1 }),
    verdicts: fc.record({ p: said, e: said }),
  });
  const does = (endpoints: Readonly<Record<string, string>>, role: string) =>
    Object.keys(endpoints).filter((name) => endpoints[name]!.split('-').includes(role));
  const law = <T extends { readonly endpoints: RigOptions['endpoints'] }>(
    inputs: fc.Arbitrary<T>,
    holds: (input: T) => Promise<void>,
  ) => fc.assert(fc.asyncProperty(inputs, holds), { numRuns: 100 });

  it('without a decider nothing is ever split', () =>
    law(world, async ({ endpoints, verdicts }) => {
      const came = await once({ endpoints, verdicts, handler: disaggProfileHandler() });
      expect(came).toMatchObject({ companions: {}, headers: {}, faults: [] });
      expect(came.ran).toEqual(came.target === undefined ? [] : ['decode']);
    }));

  it('decode first: a stage has an endpoint exactly when its decider says so of the target and somebody does it', () =>
    law(world, async ({ endpoints, verdicts }) => {
      const came = await once({ endpoints, verdicts, handler: disaggProfileHandler({ deciders }) });
      const [target] = does(endpoints, 'decode');
      expect(came.target).toBe(target);
      const companion = (role: string, by: typeof verdicts.p) =>
        target !== undefined && (by[target] ?? 0) > 0 ? does(endpoints, role)[0] : undefined;
      const prefill = companion('prefill', verdicts.p);
      const encode = companion('encode', verdicts.e);
      expect([came.companions['prefill'], came.companions['encode']]).toEqual([prefill, encode]);
      expect([PREFILLER in came.headers, ENCODERS in came.headers]).toEqual([
        prefill !== undefined,
        encode !== undefined,
      ]);
      expect(came.faults).toEqual([]);
    }));

  it('prefill first: the prefill endpoint is there exactly when somebody prefills, and sent when there is a target', () =>
    law(world, async ({ endpoints, verdicts }) => {
      const handler = disaggProfileHandler({ stageOrder: 'prefill-first', deciders: { encode: 'e' } });
      const came = await once({ endpoints, verdicts, handler });
      const [target] = does(endpoints, 'decode');
      expect(came.target).toBe(target);
      expect(came.companions['prefill']).toBe(target === undefined ? undefined : does(endpoints, 'prefill')[0]);
      expect(PREFILLER in came.headers).toBe(came.companions['prefill'] !== undefined);
      expect(came.faults).toEqual([]);
    }));
});

describe('a fallback', () => {
  it('is told of the same companions', async () => {
    await using rig = createRig({
      endpoints: { d1: 'decode', d2: 'decode', p: 'prefill' },
      handler: disaggProfileHandler({ deciders: { prefill: 'p' } }),
      verdicts: { p: { d1: 1, d2: 0 } },
    });
    const call = await rig.scheduler.schedule({});
    expect(call.decision.target.id).toBe('ns/d1');
    expect(call.next('connect refused')?.id).toBe('ns/d2');
    expect(call.decision.headers).toEqual({ [PREFILLER]: '10.0.0.3:8002' });
    expect(call.decision.companions['prefill']?.id).toBe('ns/p');
    call.end();
  });
});

describe('pointsman_disagg_decisions_total', () => {
  it('counts each decision once by how it was split, and no dry run', async () => {
    const counts = new Map<string, number>();
    const ignore = { set() {}, observe() {} };
    await using rig = createRig({
      endpoints: { d1: 'decode', d2: 'decode', p: 'prefill', x: 'encode' },
      handler: disaggProfileHandler({ deciders }),
      verdicts: { p: { d1: 1 }, e: { d1: 1 } },
      metrics: {
        counter: ({ name }) => ({
          add(amount = 1, labels = {}) {
            const series = [name, labels['pool'], labels['plugin'], labels['decision']].join();
            counts.set(series, (counts.get(series) ?? 0) + amount);
          },
        }),
        gauge: () => ignore,
        histogram: () => ignore,
      },
    });
    await rig.scheduler.schedule({}, { dryRun: true });
    expect(counts.size).toBe(0);
    const split = await rig.scheduler.schedule({});
    split.next('connect refused');
    split.end();
    for (const subset of [['ns/d1'], ['ns/d2', 'ns/p'], ['ns/d1', 'ns/p'], ['ns/d1', 'ns/x']]) {
      (await rig.scheduler.schedule({ subset })).end();
    }
    const of = (decision: string) => `pointsman_disagg_decisions_total,default,disagg-profile-handler,${decision}`;
    expect(Object.fromEntries(counts)).toEqual({
      [of('encode-prefill-decode')]: 1,
      [of('decode-only')]: 2,
      [of('prefill-decode')]: 1,
      [of('encode-decode')]: 1,
    });
  });
});

import { createScheduler, definePicker, type PluginUse } from '@pointsman/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  agentIdentityHook,
  multiclusterSessionAffinityFilter,
  sessionAffinityFilter,
  sessionAffinityScorer,
  sessionIdProducer,
} from '../src/index.ts';
import { createSessionBench } from './session-bench.ts';

const endpoints = ['a', 'b', 'c'].map((name, i) => ({ id: `ns/${name}`, address: `10.0.0.${i + 1}`, port: 8000 }));
const token = (id: string) => Buffer.from(id).toString('base64');
const byId = { strategy: 'session_id' } as const;
const inSession = (id: string) => ({ headers: { 'x-session-id': id } });

describe('the encoded endpoint', () => {
  it.each([
    ['truncated', token('ns/b').slice(0, -1)],
    ['forged, for an endpoint that never was', token('ns/evil')],
    ['no base64', '%%%'],
    ['empty', ''],
    ['enormous', 'QUFB'.repeat(4000)],
    ['binary', token('\u0000\uffff')],
    ['a property of every object', token('__proto__')],
  ])('does nothing when the token is %s', async (_, value) => {
    const request = { headers: { 'x-session-token': value } };
    await using scored = createSessionBench(sessionAffinityScorer(), { endpoints });
    const { scores, call } = await scored.run({ request, targets: { default: 'ns/c' } });
    expect(scores).toEqual({ 'ns/a': 0, 'ns/b': 0, 'ns/c': 0 });
    expect(call?.decision.explain().faults).toEqual([]);
    expect(call?.responseHeaders(200)).toEqual({ 'x-session-token': token('ns/c') });
    await using filtered = createSessionBench(sessionAffinityFilter(), { endpoints });
    expect((await filtered.run({ request })).kept).toEqual(['ns/a', 'ns/b', 'ns/c']);
  });

  it('says in the explanation that a token is none', async () => {
    await using bench = createSessionBench(sessionAffinityScorer(), { endpoints });
    const request = { headers: { 'x-session-token': 'no token' } };
    const { notes } = await bench.run({ request, targets: { default: 'ns/a' } });
    expect(notes).toEqual(['x-session-token holds no session token']);
  });

  it('gives an endpoint no request that other plugins would not: it has to be a candidate', async () => {
    await using bench = createSessionBench(sessionAffinityFilter(), { endpoints });
    const request = { headers: { 'x-session-token': token('ns/b') } };
    expect((await bench.run({ request })).kept).toEqual(['ns/b']);
    expect((await bench.run({ request, candidates: ['ns/a', 'ns/c'] })).kept).toEqual(['ns/a', 'ns/c']);
  });

  it('lets go of an endpoint that is gone, and finds it again when it is back', async () => {
    await using bench = createSessionBench(multiclusterSessionAffinityFilter(), { endpoints });
    const request = { headers: { 'x-session-token': token('ns/b') } };
    bench.pool.setEndpoints(endpoints.filter(({ id }) => id !== 'ns/b'));
    expect((await bench.run({ request })).kept).toEqual(['ns/a', 'ns/c']);
    bench.pool.setEndpoints(endpoints);
    expect((await bench.run({ request })).kept).toEqual(['ns/b']);
  });

  it('follows the call to its fallback', async () => {
    await using bench = createSessionBench(sessionAffinityScorer(), { endpoints });
    const { call } = await bench.run({ targets: { default: 'ns/a' } });
    const fallback = call!.next('connect refused');
    expect(call!.responseHeaders(200)).toEqual({ 'x-session-token': token(fallback!.id) });
  });

  it('names who answered when a proxy fell back by itself', async () => {
    await using bench = createSessionBench(sessionAffinityScorer({ profileName: 'default' }), { endpoints });
    const { call } = await bench.run({ targets: { default: 'ns/a' } });
    const served = bench.pool.endpoints()[2]!;
    expect(call!.responseHeaders(200, {}, served)).toEqual({ 'x-session-token': token('ns/c') });
  });
});

describe('the session id', () => {
  it('keeps a session on its endpoint, and moves it when that is no candidate', async () => {
    await using bench = createSessionBench(sessionAffinityFilter(byId), { endpoints });
    const request = inSession('s');
    await bench.run({ request, targets: { default: 'ns/a' } });
    expect((await bench.run({ request })).kept).toEqual(['ns/a']);
    const { kept } = await bench.run({ request, candidates: ['ns/b', 'ns/c'], targets: { default: 'ns/c' } });
    expect(kept).toEqual(['ns/b', 'ns/c']);
    expect((await bench.run({ request })).kept).toEqual(['ns/c']);
  });

  it('stays when the picker only chose another', async () => {
    await using bench = createSessionBench(sessionAffinityScorer(byId), { endpoints });
    const request = inSession('s');
    await bench.run({ request, targets: { default: 'ns/a' } });
    await bench.run({ request, targets: { default: 'ns/b' } });
    expect((await bench.run({ request, targets: { default: 'ns/b' } })).scores).toEqual({
      'ns/a': 1,
      'ns/b': 0,
      'ns/c': 0,
    });
  });

  it('moves with a call that had to leave the endpoint', async () => {
    await using bench = createSessionBench(sessionAffinityFilter(byId), { endpoints });
    const request = inSession('s');
    const { call } = await bench.run({ request, targets: { default: 'ns/b' } });
    const fallback = call!.next('connect refused')!;
    expect(fallback.id).not.toBe('ns/b');
    expect((await bench.run({ request })).kept).toEqual([fallback.id]);
  });

  it('stays when a call leaves another endpoint than its own', async () => {
    await using bench = createSessionBench(sessionAffinityScorer(byId), { endpoints });
    const request = inSession('s');
    await bench.run({ request, targets: { default: 'ns/c' } });
    const { call } = await bench.run({ request, targets: { default: 'ns/b' } });
    expect(call!.next('connect refused')!.id).toBe('ns/a');
    const { scores } = await bench.run({ request, targets: { default: 'ns/a' } });
    expect(scores).toEqual({ 'ns/a': 0, 'ns/b': 0, 'ns/c': 1 });
  });

  it('is looked at only in the profile that saw its endpoint, when several run', async () => {
    await using bench = createSessionBench(sessionAffinityScorer({ ...byId, profileName: 'prefill' }), {
      endpoints,
      profiles: ['decode', 'prefill'],
    });
    const request = inSession('s');
    await bench.run({ request, targets: { decode: 'ns/a', prefill: 'ns/b' } });
    const { scores } = await bench.run({ request, targets: { decode: 'ns/b', prefill: 'ns/c' } });
    expect(scores).toEqual({ 'ns/a': 0, 'ns/b': 1, 'ns/c': 0 });
  });

  it('remembers no session of a request that was not placed', async () => {
    await using bench = createSessionBench(sessionAffinityScorer(byId), { endpoints });
    await bench.run({ request: inSession('s') });
    expect(bench.pool.inspect()).toEqual({ 'session-affinity-scorer': { sessions: 0, bytes: 0 } });
  });

  it('forgets a session after its time', async () => {
    let now = 0;
    const clock = { now: () => now, schedule: () => () => {} };
    await using bench = createSessionBench(
      sessionAffinityFilter({ ...byId, sessionIdConfig: { evictionTtlSeconds: 60 } }),
      { endpoints, clock },
    );
    const request = inSession('s');
    await bench.run({ request, targets: { default: 'ns/a' } });
    now = 60_000;
    expect((await bench.run({ request })).kept).toEqual(['ns/a']);
    now = 60_001;
    expect((await bench.run({ request })).kept).toEqual(['ns/a', 'ns/b', 'ns/c']);
  });

  it('keeps the memory of ids that clients make up within its budget', async () => {
    const use = sessionAffinityScorer({ ...byId, sessionIdConfig: { maxBytes: 65_536 } });
    await using bench = createSessionBench(use, { endpoints });
    for (let i = 0; i < 300; i++) {
      const id = `${i}-${'x'.repeat(500)}`;
      (await bench.run({ request: inSession(id), targets: { default: 'ns/a' } })).call!.end();
    }
    const { sessions, bytes } = bench.pool.inspect()['session-affinity-scorer'] as { sessions: number; bytes: number };
    expect(bytes).toBeLessThanOrEqual(65_536);
    expect(sessions).toBeGreaterThan(40);
  });

  it('survives a change of configuration', async () => {
    await using bench = createSessionBench(sessionAffinityFilter(byId), { endpoints });
    const request = inSession('s');
    await bench.run({ request, targets: { default: 'ns/b' } });
    const longer = sessionAffinityFilter({ ...byId, sessionIdConfig: { evictionTtlSeconds: 900 } });
    bench.reload(longer);
    expect((await bench.run({ request })).kept).toEqual(['ns/b']);
    bench.reload(sessionAffinityFilter());
    bench.reload(longer);
    expect((await bench.run({ request })).kept).toEqual(['ns/a', 'ns/b', 'ns/c']);
  });

  it('starts anew when it is about another profile', async () => {
    await using bench = createSessionBench(sessionAffinityFilter(byId), {
      endpoints,
      profiles: ['default', 'prefill'],
    });
    const request = inSession('s');
    await bench.run({ request, targets: { default: 'ns/b' } });
    bench.reload(sessionAffinityFilter({ ...byId, profileName: 'prefill' }));
    expect((await bench.run({ request })).kept).toEqual(['ns/a', 'ns/b', 'ns/c']);
  });
});

describe('laws', () => {
  const uses: PluginUse[] = [
    sessionAffinityScorer(),
    sessionAffinityScorer(byId),
    sessionAffinityFilter(),
    multiclusterSessionAffinityFilter(byId),
  ];
  const subset = fc.subarray(
    endpoints.map(({ id }) => id),
    { minLength: 1 },
  );
  const header = fc.oneof(
    fc.constantFrom(...endpoints.map(({ id }) => token(id)), token('ns/gone'), '', ' '),
    fc.string({ unit: 'binary' }),
  );
  it.each(uses.map((use) => [use.name, use] as const))(
    '%s names at most one endpoint and empties nothing',
    async (_, use) => {
      const step = fc.record({ session: header, candidates: subset, target: fc.nat() });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
          await using bench = createSessionBench(use, { endpoints });
          for (const { session, candidates, target } of steps) {
            const headers = { 'x-session-token': session, 'x-session-id': session };
            const chosen = candidates[target % candidates.length]!;
            const { scores, kept, call } = await bench.run({
              request: { headers },
              candidates,
              targets: { default: chosen },
            });
            expect(call!.decision.explain().faults).toEqual([]);
            call!.end();
            const inPoolOrder = endpoints.map(({ id }) => id).filter((id) => candidates.includes(id));
            if (use.definition.kinds.includes('filter')) {
              expect([1, candidates.length]).toContain(kept.length);
              expect(kept).toEqual(inPoolOrder.filter((id) => kept.includes(id)));
            } else {
              expect(Object.keys(scores).sort()).toEqual([...candidates].sort());
              expect(Object.values(scores).every((score) => score === 0 || score === 1)).toBe(true);
              expect(Object.values(scores).filter((score) => score === 1).length).toBeLessThanOrEqual(1);
            }
          }
        }),
        { numRuns: 40 },
      );
    },
  );
});

describe('parameters', () => {
  const wrong: readonly [string, unknown, RegExp][] = [
    ['an unknown name', { strategie: 'session_id' }, /strategie/],
    ['an unknown name inside', { sessionIdConfig: { ttl: 3 } }, /ttl/],
    ['an unknown strategy', { strategy: 'cookie' }, /strategy/],
    ['an empty strategy', { strategy: '' }, /strategy/],
    ['a profile that is no text', { profileName: 3 }, /profileName/],
    ['a header that cannot be', { encodedEndpointHeaderConfig: { header: 'x y' } }, /header/],
    ['a header that is no text', { encodedEndpointHeaderConfig: { header: null } }, /header/],
    ['sources that are no list', { ...byId, sessionIdConfig: { sources: {} } }, /sources/],
    ['a source without a name', { ...byId, sessionIdConfig: { sources: [{}] } }, /exactly one of header and attribute/],
    [
      'a source with two names',
      { ...byId, sessionIdConfig: { sources: [{ header: 'a', attribute: 'b' }] } },
      /exactly one/,
    ],
    ['a negative time', { ...byId, sessionIdConfig: { evictionTtlSeconds: -1 } }, /evictionTtlSeconds/],
    ['a negative interval', { ...byId, sessionIdConfig: { evictionSweepSeconds: -0.5 } }, /evictionSweepSeconds/],
    [
      'a time without end',
      { ...byId, sessionIdConfig: { evictionTtlSeconds: Number.POSITIVE_INFINITY } },
      /evictionTtlSeconds/,
    ],
    ['a time as text', { ...byId, sessionIdConfig: { evictionTtlSeconds: '5m' } }, /evictionTtlSeconds/],
    ['a budget of nothing', { ...byId, sessionIdConfig: { maxBytes: 0 } }, /maxBytes/],
    ['a budget with a fraction', { ...byId, sessionIdConfig: { maxBytes: 1e6 + 0.5 } }, /maxBytes/],
    ['a budget beyond counting', { ...byId, sessionIdConfig: { maxBytes: 1e300 } }, /maxBytes/],
  ];
  const factories = [sessionAffinityScorer, sessionAffinityFilter, multiclusterSessionAffinityFilter];
  it.each(wrong)('%s is refused', (_, params, message) => {
    for (const factory of factories) {
      expect(() => factory(params as never)).toThrow(
        expect.objectContaining({
          code: 'PARAMS_INVALID',
          plugin: factory.type,
          message: expect.stringMatching(message),
        }),
      );
    }
  });

  it('leave alone what the strategy does not use', () => {
    const params = { strategy: 'encoded_endpoint_header', sessionIdConfig: { evictionTtlSeconds: -1 } } as const;
    expect(() => sessionAffinityScorer(params)).not.toThrow();
  });

  it.each([
    [sessionIdProducer, 'nothing', {}, /exactly one/],
    [sessionIdProducer, 'both', { headerName: 'a', cookieName: 'b' }, /exactly one/],
    [sessionIdProducer, 'a blank name', { headerName: ' ' }, /exactly one/],
    [sessionIdProducer, 'a number', { cookieName: 3 }, /cookieName/],
    [sessionIdProducer, 'a header that cannot be', { headerName: 'a:b' }, /headerName/],
    [sessionIdProducer, 'an unknown name', { headerName: 'a', cookie: 'b' }, /cookie/],
    [agentIdentityHook, 'no list', { additionalSessionHeaders: 'x' }, /additionalSessionHeaders/],
    [agentIdentityHook, 'a number in the list', { additionalSessionHeaders: [1] }, /additionalSessionHeaders/],
    [agentIdentityHook, 'an unknown name', { sessionHeaders: [] }, /sessionHeaders/],
  ] as const)('$type refuses %s', (factory, _, params, message) => {
    expect(() => factory(params as never)).toThrow(
      expect.objectContaining({
        code: 'PARAMS_INVALID',
        plugin: factory.type,
        message: expect.stringMatching(message),
      }),
    );
  });
});

describe('a session id that another plugin reads', () => {
  it('comes from a cookie', async () => {
    const source = { attribute: 'SessionIDDataKey', producer: 'session-id-producer' };
    const use = sessionAffinityFilter({ ...byId, sessionIdConfig: { sources: [source] } });
    const anywhere = definePicker({
      type: 'anywhere',
      create: () => ({
        pick(candidates, _totals, cycle, order) {
          order[0] = cycle.random.below(candidates.length);
          return 1;
        },
      }),
    });
    await using scheduler = createScheduler({
      endpoints,
      plugins: [sessionIdProducer({ cookieName: 'sid' })],
      profiles: { default: { filters: [use], picker: anywhere() } },
    });
    const targets = new Set<string>();
    for (let i = 0; i < 20; i++) {
      await using call = await scheduler.schedule({ headers: { cookie: 'lang=en; sid=42' } });
      targets.add(call.decision.target.id);
    }
    expect(targets.size).toBe(1);
  });
});

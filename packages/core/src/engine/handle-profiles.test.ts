import { describe, expect, it } from 'vitest';
import { bestPicker, filtering, scoringTable } from '../../test/sample-plugins.ts';
import { samplePool } from '../../test/sample-pool.ts';
import {
  defineProfileHandler,
  defineScorer,
  type Endpoint,
  type ProfileHandler,
  type ProfileResult,
  reject,
  requestValue,
} from '../index.ts';

const picker = bestPicker();
const profiles = {
  prefill: { scorers: [scoringTable('idle', { e0: 1, e1: 0.5 })], picker },
  decode: { scorers: [scoringTable('cached', { e1: 0.5, e2: 1 })], picker },
  nowhere: { filters: [filtering('nobody', () => 'never')], picker },
};
const handling = (handle: ProfileHandler<readonly []>['handle']) =>
  defineProfileHandler({ type: 'handler', create: () => ({ handle }) })();

const two = (handle: ProfileHandler<readonly []>['handle']) =>
  samplePool({ profiles, profileHandler: handling(handle) });

describe('the profile handler', () => {
  it('is not needed for one profile', async () => {
    const { scheduler } = await samplePool({ profiles: { only: profiles.decode } });
    const { decision } = await scheduler.schedule({});
    expect(decision.target.id).toBe('e2');
    expect(decision.primaryProfile).toBe('only');
    expect(decision.results.map(({ profile }) => profile)).toEqual(['only']);
  });

  it('says whose target serves the request, and who takes part', async () => {
    const { scheduler } = await two((_cycle, run) => {
      const decode = run('decode')!;
      const prefill = run('prefill')!;
      return { primary: decode, companions: { prefill } };
    });
    const { decision } = await scheduler.schedule({});
    expect(decision.target.id).toBe('e2');
    expect(decision.fallbacks.map(({ id }) => id)).toEqual(['e1', 'e0']);
    expect(decision.companions['prefill']?.id).toBe('e0');
    expect(decision.primaryProfile).toBe('decode');
    expect(decision.results.map(({ profile, score, target }) => [profile, score, target.id])).toEqual([
      ['decode', 1, 'e2'],
      ['prefill', 1, 'e0'],
    ]);
    const explained = decision.explain();
    expect(explained.companions).toEqual({ prefill: 'e0' });
    expect(explained.primaryProfile).toBe('decode');
    expect(explained.profiles.map(({ profile }) => profile)).toEqual(['decode', 'prefill']);
  });

  it('is straight-line code: what one profile found may decide whether another runs', async () => {
    const { scheduler } = await two((cycle, run) => {
      expect(cycle.profile).toBe('');
      expect(cycle.profiles).toEqual(['prefill', 'decode', 'nowhere']);
      const first = run('nowhere');
      expect(first).toBeUndefined();
      expect(cycle.profile).toBe('');
      const primary = run('decode')!;
      cycle.note(`score ${primary.score}`);
      return primary.score > 0.9 ? { primary } : { primary: run('prefill')! };
    });
    const { decision } = await scheduler.schedule({});
    expect(decision.results.map(({ profile }) => profile)).toEqual(['decode']);
    expect(decision.explain().notes).toEqual([{ plugin: 'handler', text: 'score 1' }]);
    expect(decision.explain().faults).toEqual([]);
    expect(decision.explain().profiles.map(({ profile }) => profile)).toEqual(['nowhere', 'decode']);
  });

  it('may run a profile twice', async () => {
    const { scheduler } = await two((_cycle, run) => {
      run('decode');
      return { primary: run('decode')! };
    });
    const { decision } = await scheduler.schedule({});
    expect(decision.results).toHaveLength(2);
    expect(decision.target.id).toBe('e2');
  });

  it('may send the request to another port of the target, and of every fallback', async () => {
    const { scheduler, pool } = await two((_cycle, run) => ({ primary: run('decode')!, port: 9000 }));
    const call = await scheduler.schedule({});
    const of = ({ id, origin, port }: Endpoint) => [id, origin, port];
    expect(of(call.decision.target)).toEqual(['e2', 'http://10.0.0.2:9000', 9000]);
    expect(of(call.next('down')!)).toEqual(['e1', 'http://10.0.0.1:9000', 9000]);
    expect(pool.endpoints().map((endpoint) => pool.openCallsOf(endpoint))).toEqual([0, 1, 0]);
    expect(of(call.next('down')!)).toEqual(['e0', 'http://10.0.0.0:9000', 9000]);
    expect(call.next('down')).toBeUndefined();
    call.end();
    expect(pool.openCalls).toBe(0);
  });

  it('may tell the profiles that it runs next', async () => {
    const peer = requestValue<string>()('peer/handler');
    const seen: unknown[] = [];
    const handler = defineProfileHandler({
      type: 'handler',
      writes: [peer],
      create: () => ({
        handle(cycle, run) {
          const primary = run('decode')!;
          cycle.set(peer, primary.target.id);
          return { primary, companions: { prefill: run('prefill')! } };
        },
      }),
    });
    const near = defineScorer({
      type: 'near',
      reads: [peer],
      create: () => ({ scoreAll: (_candidates, cycle) => void seen.push(cycle.get(peer)) }),
    });
    const scorers = [near()];
    const { scheduler } = await samplePool({
      profiles: { decode: { scorers, picker }, prefill: { scorers, picker } },
      profileHandler: handler(),
    });
    const { decision } = await scheduler.schedule({});
    expect(seen).toEqual([undefined, decision.target.id]);
  });

  it('that finds nobody makes ALL_FILTERED', async () => {
    const { scheduler, pool } = await two((_cycle, run) => {
      run('nowhere');
      return undefined;
    });
    await expect(scheduler.schedule({})).rejects.toMatchObject({
      code: 'ALL_FILTERED',
      message: 'no endpoint is left for the request (profile "nowhere": nobody dropped 3)',
    });
    expect(pool.faultCounts()).toEqual({});
  });

  it('may turn the request away', async () => {
    const { scheduler, pool } = await two(() => reject({ status: 400, reason: 'no-such-phase' }));
    await expect(scheduler.schedule({})).rejects.toMatchObject({
      code: 'REJECTED',
      httpStatus: 400,
      reason: 'no-such-phase',
    });
    expect(pool.faultCounts()).toEqual({});
  });

  it('may serve a request by another profile than the one that turned it away', async () => {
    const refusing = filtering('refusing', () => reject({ status: 403, reason: 'not-there' }));
    const { scheduler } = await samplePool({
      profiles: { ...profiles, refusing: { filters: [refusing], picker } },
      profileHandler: handling((_cycle, run) => ({ primary: (run('refusing') ?? run('decode'))! })),
    });
    const { decision } = await scheduler.schedule({});
    expect(decision.primaryProfile).toBe('decode');
    expect(decision.explain().profiles[0]!.dropped.map(({ reason }) => reason)).toEqual(
      Array(3).fill('request rejected: not-there'),
    );
  });

  it('that runs nothing makes ALL_FILTERED', async () => {
    const { scheduler } = await two(() => undefined);
    await expect(scheduler.schedule({})).rejects.toMatchObject({
      code: 'ALL_FILTERED',
      message: 'no endpoint is left for the request (the profile handler ran no profile)',
    });
  });
});

describe('a profile handler that fails', () => {
  let kept: ProfileResult | undefined;

  it.each<[string, ProfileHandler<readonly []>['handle'], string, string]>([
    [
      'throws before it ran anything: the first profile that finds an endpoint wins',
      () => {
        throw new Error('no idea');
      },
      'no idea',
      'prefill',
    ],
    [
      'throws after a run: that one wins',
      (_cycle, run) => {
        run('decode');
        throw new Error('no idea');
      },
      'no idea',
      'decode',
    ],
    [
      'asks for a profile that there is not',
      (_cycle, run) => ({ primary: run('decoed')! }),
      'there is no profile "decoed"',
      'prefill',
    ],
    [
      'answers with a result of its own making',
      (_cycle, run) => ({ primary: { ...run('decode')! } }),
      'its primary result is not from a run',
      'decode',
    ],
    [
      'answers with nothing as primary',
      (_cycle, run) => {
        run('decode');
        return { primary: undefined as never };
      },
      'its primary result is not from a run',
      'decode',
    ],
    [
      'answers with a promise',
      (async (_cycle: unknown, run: (name: string) => ProfileResult) => ({ primary: run('decode') })) as never,
      'its primary result is not from a run',
      'decode',
    ],
    [
      'answers with a port that is none',
      (_cycle, run) => ({ primary: run('decode')!, port: 70_000 }),
      'its port 70000 is not in 1..65535',
      'decode',
    ],
  ])('%s', async (_, handle, message, primary) => {
    const { scheduler, pool } = await two(handle);
    const { decision } = await scheduler.schedule({});
    expect(decision.primaryProfile).toBe(primary);
    expect(decision.explain().faults).toEqual([{ plugin: 'handler', stage: 'profileHandler', message }]);
    expect(pool.faultCounts()).toEqual({ 'profileHandler/handler': 1 });
  });

  it('answers with the result of an earlier request', async () => {
    const { scheduler } = await two((_cycle, run) => {
      const now = run('decode');
      kept ??= now;
      return { primary: kept! };
    });
    await scheduler.schedule({});
    const { decision } = await scheduler.schedule({});
    expect(decision.explain().faults.map(({ message }) => message)).toEqual(['its primary result is not from a run']);
  });

  it('ran a profile that finds nobody before it threw: another profile may still find one', async () => {
    const { scheduler } = await two((_cycle, run) => {
      run('nowhere');
      throw new Error('no idea');
    });
    const { decision } = await scheduler.schedule({});
    expect(decision.primaryProfile).toBe('prefill');
  });

  it.each<[string, (real: ProfileResult) => unknown]>([
    ['that it was not given', (real) => ({ ...real, target: { ...real.target, id: 'stranger' } })],
    ['that is nothing', () => undefined],
    ['without an endpoint', () => ({})],
  ])('answers with a companion %s: the companion is lost, the request goes on', async (_, companion) => {
    const { scheduler } = await two((_cycle, run) => {
      const primary = run('decode')!;
      return { primary, companions: { prefill: companion(run('prefill')!) as ProfileResult } };
    });
    const { decision } = await scheduler.schedule({});
    expect(decision.target.id).toBe('e2');
    expect(decision.companions).toEqual({});
    expect(decision.explain().faults).toMatchObject([{ plugin: 'handler', stage: 'profileHandler' }]);
  });
});

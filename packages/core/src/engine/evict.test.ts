import { describe, expect, it } from 'vitest';
import { hooking } from '../../test/sample-plugins.ts';
import { samplePool } from '../../test/sample-pool.ts';
import type { DecisionDraft, PointsmanError, Rejection } from '../index.ts';

const ROOM: Rejection = { status: 429, reason: 'evicted', message: 'others need the room', retryAfterMs: 500 };

/** A pool with a hook that keeps what it may give up. */
async function evicting() {
  const drafts: DecisionDraft[] = [];
  const log: string[] = [];
  const hook = hooking('hook', {
    postChoice(_cycle, draft) {
      drafts.push(draft);
      log.push('takes');
      return () => void log.push('gives');
    },
    afterResponse: (_cycle, _decision, { status }) => void log.push(status),
  });
  return { ...(await samplePool({ plugins: [hook] })), drafts, log };
}

describe('evict()', () => {
  it('tells whoever forwards the request why, and ends the call', async () => {
    const { scheduler, pool, drafts, log } = await evicting();
    const call = await scheduler.schedule({});
    const heard: PointsmanError[] = [];
    call.onEvicted((why) => {
      log.push('stopped');
      heard.push(why);
    });
    expect(drafts[0]!.evict(ROOM)).toBe(true);
    expect(heard).toMatchObject([
      { code: 'REJECTED', httpStatus: 429, reason: 'evicted', message: 'others need the room', retryAfterMs: 500 },
    ]);
    expect(log).toEqual(['takes', 'stopped', 'gives', 'evicted']);
    expect(call.isEnded).toBe(true);
    expect(pool.openCalls).toBe(0);
    expect(pool.recent()[0]!.outcome).toMatchObject({ status: 'evicted' });

    expect(drafts[0]!.evict(ROOM)).toBe(false);
    call.end();
    expect(heard).toHaveLength(1);
    expect(log).toHaveLength(4);
  });

  it('goes on for a call that nobody could stop, and for one in the making', async () => {
    const answers: boolean[] = [];
    const hook = hooking('hook', { postChoice: (_cycle, draft) => void answers.push(draft.evict(ROOM)) });
    const { scheduler } = await samplePool({ plugins: [hook] });
    const call = await scheduler.schedule({});
    expect(answers).toEqual([false]);
    expect(call.isEnded).toBe(false);

    const { scheduler: other, drafts } = await evicting();
    const deaf = await other.schedule({});
    expect(drafts[0]!.evict(ROOM)).toBe(false);
    expect(deaf.isEnded).toBe(false);
  });

  it.each<[string, (call: Awaited<ReturnType<typeof placed>>['call']) => void]>([
    ['whose response has come', (call) => void call.complete()],
    ['that has ended', (call) => call.end()],
  ])('does nothing to a call %s', async (_, act) => {
    const { call, drafts, heard } = await placed();
    act(call);
    expect(drafts[0]!.evict(ROOM)).toBe(false);
    expect(heard).toEqual([]);
  });

  it('works on the fallback to which the call has moved', async () => {
    const { call, drafts, heard, log } = await placed();
    call.next('connect refused');
    expect(drafts[1]!.evict(ROOM)).toBe(true);
    expect(heard).toHaveLength(1);
    expect(log.at(-1)).toBe('evicted');
  });

  it('by a hook while the call moves on ends it, and gives back what every hook has reserved', async () => {
    const log: string[] = [];
    const reserving = (name: string, evicts: 'as it reserves' | 'as it gives back' | 'never', at: number) =>
      hooking(name, {
        postChoice(_cycle, draft) {
          log.push(`${name} takes #${draft.attempt}`);
          const { attempt } = draft;
          if (evicts === 'as it reserves' && attempt === at) expect(draft.evict(ROOM)).toBe(true);
          return () => {
            log.push(`${name} gives #${attempt}`);
            if (evicts === 'as it gives back' && attempt === at) expect(draft.evict(ROOM)).toBe(true);
          };
        },
      });
    const moved = async (first: ReturnType<typeof reserving>) => {
      log.length = 0;
      const { scheduler, pool } = await samplePool({ plugins: [first, reserving('second', 'never', 0)] });
      const call = await scheduler.schedule({});
      call.onEvicted(() => log.push('stopped'));
      expect(call.next('connect refused')).toBeUndefined();
      expect(call.isEnded).toBe(true);
      expect(pool.openCalls).toBe(0);
      expect(pool.endpoints().map((endpoint) => pool.openCallsOf(endpoint))).toEqual([0, 0, 0]);
      expect(pool.faultCounts()).toEqual({});
      return log.slice(2);
    };
    const left = ['second gives #1', 'first gives #1'];
    expect(await moved(reserving('first', 'as it reserves', 2))).toEqual([
      ...left,
      'first takes #2',
      'stopped',
      'second takes #2',
      'second gives #2',
      'first gives #2',
    ]);
    expect(await moved(reserving('first', 'as it gives back', 1))).toEqual([...left, 'stopped']);
  });

  it('ends the call though the listener fails', async () => {
    const { call, drafts, log } = await placed();
    call.onEvicted(() => {
      throw new Error('no connection');
    });
    expect(() => drafts[0]!.evict(ROOM)).toThrow('no connection');
    expect(log.at(-1)).toBe('evicted');
  });
});

async function placed() {
  const rig = await evicting();
  const call = await rig.scheduler.schedule({});
  const heard: PointsmanError[] = [];
  call.onEvicted((why) => heard.push(why));
  return { ...rig, call, heard };
}

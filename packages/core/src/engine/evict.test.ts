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

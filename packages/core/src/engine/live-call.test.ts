import { settle, VirtualClock } from '@pointsman/testkit/harness';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestPicker, filtering, hooking, scoringTable } from '../../test/sample-plugins.ts';
import { graph, samplePool, specs } from '../../test/sample-pool.ts';
import { type Call, createScheduler } from '../index.ts';

const base = scoringTable('base', { e0: 1, e1: 0.75, e2: 0.5, e3: 0.25, e4: 0.125 });

describe('next(why)', () => {
  it('moves the reservation to the next fallback', async () => {
    const log: string[] = [];
    const hook = hooking('hook', {
      postChoice(_cycle, decision) {
        log.push(`takes ${decision.target.id} #${decision.attempt}`);
        decision.setHeader('x-target', decision.target.id);
        if (decision.attempt === 1) decision.setHeader('x-first', 'yes');
        const { id } = decision.target;
        return () => void log.push(`gives ${id}`);
      },
    });
    const { scheduler, pool } = await samplePool({ scorers: [base], plugins: [hook] });
    const retried: unknown[] = [];
    scheduler.on('retried', ({ decision, from, why }) => retried.push([decision.id, from.id, why]));
    const call = await scheduler.schedule({});
    const [e0, e1] = pool.endpoints();
    expect([pool.openCallsOf(e0!), pool.openCallsOf(e1!)]).toEqual([1, 0]);

    expect(call.next('connect refused')?.id).toBe('e1');
    expect(log).toEqual(['takes e0 #1', 'gives e0', 'takes e1 #2']);
    expect([pool.openCallsOf(e0!), pool.openCallsOf(e1!)]).toEqual([0, 1]);
    expect(pool.openCalls).toBe(1);
    const { decision } = call;
    expect(decision).toMatchObject({ attempt: 2, target: { id: 'e1' }, headers: { 'x-target': 'e1' } });
    expect(decision.headers).not.toHaveProperty('x-first');
    expect(decision.fallbacks.map(({ id }) => id)).toEqual(['e2']);
    await settle();
    expect(retried).toEqual([['default:1', 'e0', 'connect refused']]);

    call.end();
    expect(log.slice(3)).toEqual(['gives e1']);
    const explained = decision.explain();
    expect(explained.target).toBe('e1');
    expect(explained.attempts).toEqual([
      { endpoint: 'e0', left: 'connect refused' },
      { endpoint: 'e1', left: null },
    ]);
  });

  it('goes on with the best totals when the picker’s choices are used up, and ends after the last', async () => {
    const picker = bestPicker({ count: 2 });
    const { scheduler } = await samplePool({ scorers: [base], picker, endpoints: specs(5) });
    const call = await scheduler.schedule({});
    const tried = [call.decision.target.id];
    for (let target = call.next('x'); target !== undefined; target = call.next('x')) tried.push(target.id);
    expect(tried).toEqual(['e0', 'e1', 'e2', 'e3', 'e4']);
    expect(call.isEnded).toBe(false);
    expect(call.next('x')).toBeUndefined();
    call.end({ error: new Error('nobody answers') });
  });

  it('never goes to what a filter has dropped', async () => {
    const filter = filtering('filter', ({ id }) => (id === 'e1' ? 'out' : true));
    const { scheduler } = await samplePool({ scorers: [base], filters: [filter], picker: bestPicker({ count: 1 }) });
    const call = await scheduler.schedule({});
    expect([call.next('x')?.id, call.next('x')?.id]).toEqual(['e2', undefined]);
  });

  it('releases what the last attempt reserved even when nobody is left, and only once', async () => {
    const log: string[] = [];
    const hook = hooking('hook', {
      postChoice: (_cycle, { target: { id } }) => {
        log.push(`takes ${id}`);
        return () => void log.push(`gives ${id}`);
      },
    });
    const { scheduler, pool } = await samplePool({ plugins: [hook], endpoints: specs(1) });
    const call = await scheduler.schedule({});
    expect(call.next('refused')).toBeUndefined();
    expect(log).toEqual(['takes e0', 'gives e0']);
    expect(pool.openCallsOf(pool.endpoints()[0]!)).toBe(0);
    call.end();
    expect(log).toEqual(['takes e0', 'gives e0']);
    expect(pool.openCallsOf(pool.endpoints()[0]!)).toBe(0);
    expect(call.decision.explain().attempts).toEqual([{ endpoint: 'e0', left: 'refused' }]);
  });

  it('passes over endpoints that are gone', async () => {
    const { scheduler, endpoints } = await samplePool({ scorers: [base], endpoints: specs(4) });
    const call = await scheduler.schedule({});
    endpoints.remove('e1');
    endpoints.remove('e2');
    // Back again, but it is another server now.
    endpoints.upsert({ id: 'e2', address: '10.9.9.9', port: 1 });
    expect(call.next('x')?.id).toBe('e3');
    expect(call.next('x')).toBeUndefined();
  });

  it('leaves a target that is gone without harm to its successor’s counts', async () => {
    const { scheduler, pool, endpoints } = await samplePool({ endpoints: specs(1) });
    const call = await scheduler.schedule({});
    const row = call.decision.target.row;
    endpoints.replaceAll([{ id: 'successor', address: '10.1.1.1', port: 80 }]);
    const successor = pool.endpoints()[0]!;
    expect(successor.row).toBe(row);
    const other = await scheduler.schedule({});
    expect(pool.openCallsOf(successor)).toBe(1);
    expect(call.next('gone')).toBeUndefined();
    call.end();
    expect(pool.openCallsOf(successor)).toBe(1);
    expect(pool.openCallsOf(call.decision.target)).toBe(0);
    other.end();
    expect(pool.openCallsOf(successor)).toBe(0);
  });

  it('knows the picker’s choices even when the decision is forgotten', async () => {
    const picker = bestPicker({ count: 2 });
    const { scheduler } = await samplePool({ scorers: [base], picker, recent: { decisions: 1 } });
    const call = await scheduler.schedule({});
    await scheduler.schedule({});
    expect(call.next('x')?.id).toBe('e1');
    expect(call.next('x')).toBeUndefined();
    expect(() => call.decision.explain()).toThrow(expect.objectContaining({ code: 'EXPLANATION_EXPIRED' }));
  });

  it('of a forgotten decision leaves the explanations of others alone', async () => {
    const bad = hooking('bad', {
      postChoice(cycle, decision) {
        if (decision.attempt === 1) return;
        cycle.note('second attempt');
        throw new Error('only once');
      },
    });
    const { scheduler } = await samplePool({ scorers: [base], plugins: [bad], recent: { decisions: 1 } });
    const forgotten = await scheduler.schedule({});
    await scheduler.schedule({});
    const { decision } = await scheduler.schedule({});
    forgotten.next('x');
    expect(decision.explain()).toMatchObject({ faults: [], notes: [], attempts: [{ endpoint: 'e0', left: null }] });
  });

  it('does nothing after the end', async () => {
    const { scheduler, pool } = await samplePool();
    const call = await scheduler.schedule({});
    call.end();
    expect(call.next('too late')).toBeUndefined();
    expect(pool.openCalls).toBe(0);
    expect(call.decision.attempt).toBe(1);
  });
});

type Step = readonly ['next' | 'end' | 'abort' | 'remove' | 'dispose' | 'schedule', number];

it('whatever happens in whatever order: every reservation is released once, and counts return to zero', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.tuple(
          fc.constantFrom('next', 'end', 'abort', 'remove', 'dispose', 'schedule', 'schedule'),
          fc.nat(),
        ) as fc.Arbitrary<Step>,
        { maxLength: 40 },
      ),
      fc.integer({ min: 1, max: 4 }),
      async (steps, remembered) => {
        let next = 0;
        const held = new Map<number, string>();
        const released: number[] = [];
        const hook = hooking('hook', {
          postChoice(_cycle, { target }) {
            const ticket = next++;
            held.set(ticket, target.id);
            return () => {
              released.push(ticket);
              held.delete(ticket);
            };
          },
        });
        const clock = new VirtualClock();
        const scheduler = createScheduler({
          ...graph({ plugins: [hook], picker: bestPicker({ count: 2 }) }),
          endpoints: { start: (sink) => sink.replaceAll(specs(5)) },
          clock,
          recent: { decisions: remembered },
        });
        let remove: (id: string) => void = () => {};
        const gone = {
          start(sink: { remove(id: string): void }) {
            remove = (id) => sink.remove(id);
          },
        };
        await scheduler.start();
        const pool = scheduler.pools.get('default')!;
        pool.planReload({ ...graph({ plugins: [hook], picker: bestPicker({ count: 2 }) }), endpoints: gone }).commit();
        const calls: { call: Call; abort: AbortController }[] = [];
        for (const [what, n] of steps) {
          const chosen = calls[n % Math.max(1, calls.length)];
          if (what === 'schedule') {
            const abort = new AbortController();
            const call = await scheduler.schedule({}, { signal: abort.signal }).catch(() => undefined);
            if (call !== undefined) calls.push({ call, abort });
          } else if (what === 'remove') remove(`e${n % 5}`);
          else if (what === 'next') chosen?.call.next('why not');
          else if (what === 'end') chosen?.call.end();
          else if (what === 'abort') chosen?.abort.abort();
          else await chosen?.call[Symbol.asyncDispose]();
          const open = calls.filter(({ call }) => !call.isEnded);
          expect(pool.openCalls).toBe(open.length);
          for (const endpoint of pool.endpoints()) {
            expect(pool.openCallsOf(endpoint)).toBe([...held.values()].filter((id) => id === endpoint.id).length);
          }
        }
        await scheduler.close();
        expect(held.size).toBe(0);
        expect(new Set(released).size).toBe(released.length);
        expect(released).toHaveLength(next);
        for (const endpoint of pool.endpoints()) expect(pool.openCallsOf(endpoint)).toBe(0);
      },
    ),
    { numRuns: 150 },
  );
});

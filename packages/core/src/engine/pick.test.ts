import { describe, expect, it } from 'vitest';
import { bestPicker, scoringTable } from '../../test/sample-plugins.ts';
import { samplePool, specs } from '../../test/sample-pool.ts';
import { definePicker, type Picker } from '../index.ts';

const picking = (pick: Picker<readonly []>['pick']) => definePicker({ type: 'picker', create: () => ({ pick }) })();
const naming = (...indices: readonly number[]) =>
  picking((_candidates, _totals, _cycle, order) => {
    order.set(indices);
    return indices.length;
  });

const base = scoringTable('base', { e1: 0.5, e2: 1, e3: 0.75 });

describe('pick', () => {
  it('names the target, then fallbacks, in the picker’s order', async () => {
    const { scheduler } = await samplePool({ picker: naming(3, 0, 2), scorers: [base], endpoints: specs(4) });
    const { decision } = await scheduler.schedule({});
    expect(decision.target.id).toBe('e3');
    expect(decision.fallbacks.map(({ id }) => id)).toEqual(['e0', 'e2']);
    const [profile] = decision.explain().profiles;
    expect(profile).toMatchObject({ picker: 'picker', picked: ['e3', 'e0', 'e2'], margin: -0.25 });
    expect(profile?.candidates.map(({ endpoint, rank }) => [endpoint, rank])).toEqual([
      ['e2', 3],
      ['e3', 1],
      ['e1', null],
      ['e0', 2],
    ]);
  });

  it('hands the picker the totals of the candidates that are left', async () => {
    const seen: unknown[] = [];
    const picker = picking((candidates, totals, cycle, order) => {
      seen.push([...totals.subarray(0, candidates.length)], cycle.profile, candidates.endpoint(0).id);
      order[0] = 0;
      return 1;
    });
    const { scheduler } = await samplePool({ picker, scorers: [base] });
    await scheduler.schedule({ subset: ['e2', 'e1'] });
    expect(seen).toEqual([[1, 0.5], 'default', 'e2']);
  });
});

describe('a picker that fails is replaced by the best total', () => {
  const many = Array.from({ length: 9 }, (_, i) => i);

  it.each([
    ['names nobody', picking(() => 0), 'pick() answered 0; there are 12 candidates'],
    ['answers a negative count', picking(() => -1), 'pick() answered -1; there are 12 candidates'],
    ['answers a fraction', picking(() => 1.5), 'pick() answered 1.5; there are 12 candidates'],
    ['answers NaN', picking(() => Number.NaN), 'pick() answered NaN; there are 12 candidates'],
    ['answers nothing', picking(() => undefined as never), 'pick() answered undefined; there are 12 candidates'],
    ['names more than there are', picking(() => 13), 'pick() answered 13; there are 12 candidates'],
    ['names a candidate that it was not given', naming(1, 12), 'picked candidate 12 of 12'],
    ['names a negative index', naming(-1), 'picked candidate -1 of 12'],
    ['names one candidate twice', naming(3, 1, 3), 'picked one candidate twice'],
    ['names one candidate twice in a long list', naming(...many, 4), 'picked one candidate twice'],
    [
      'throws',
      picking(() => {
        throw new Error('no idea');
      }),
      'no idea',
    ],
  ])('when it %s', async (_, picker, message) => {
    const { scheduler, pool } = await samplePool({ picker, scorers: [base], endpoints: specs(12) });
    const { decision } = await scheduler.schedule({});
    expect(decision.target.id).toBe('e2');
    expect(decision.fallbacks).toEqual([]);
    expect(decision.explain().faults).toEqual([{ plugin: 'picker', stage: 'pick', message }]);
    expect(pool.faultCounts()).toEqual({ 'pick/picker': 1 });
  });

  it('and by the seed among equal totals: the load is not heaped on the first endpoint', async () => {
    const { scheduler } = await samplePool({ picker: picking(() => 0), endpoints: specs(4) });
    const targets = new Set<string>();
    for (let i = 0; i < 64; i++) {
      const call = await scheduler.schedule({});
      targets.add(call.decision.target.id);
      call.end();
    }
    expect([...targets].sort()).toEqual(['e0', 'e1', 'e2', 'e3']);
  });
});

it('a long list of distinct candidates is no failure', async () => {
  const { scheduler, pool } = await samplePool({ picker: bestPicker(), endpoints: specs(300) });
  const { decision } = await scheduler.schedule({});
  expect(new Set([decision.target, ...decision.fallbacks]).size).toBe(300);
  expect(pool.faultCounts()).toEqual({});
});

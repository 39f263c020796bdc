import { describe, expect, it } from 'vitest';
import { bestPicker, hooking, scoringTable } from '../../test/sample-plugins.ts';
import { samplePool } from '../../test/sample-pool.ts';
import { type Cycle, defineProfileHandler, type ScoreBoard } from '../index.ts';

const adjusting = (name: string, scoring: (cycle: Cycle<readonly []>, board: ScoreBoard) => void) =>
  hooking(name, { scoring });

const base = scoringTable('base', { e0: 0.75, e1: 0.5, e2: 0.25 });

describe('scoring hooks', () => {
  it('adjust totals before the picker sees them; each adjustment is recorded', async () => {
    const lift = adjusting('lift', (_cycle, board) => board.adjust(1, 0.5, 'has seen this session'));
    const sink = adjusting('sink', (_cycle, board) => {
      board.adjust(0, -0.25, 'is being drained');
      board.adjust(1, 0.125, 'again');
    });
    const { scheduler } = await samplePool({ scorers: [base], plugins: [lift, sink] });
    const { decision } = await scheduler.schedule({});
    expect(decision.target.id).toBe('e1');
    const [profile] = decision.explain().profiles;
    expect(profile?.candidates.map(({ endpoint, total }) => [endpoint, total])).toEqual([
      ['e1', 1.125],
      ['e0', 0.5],
      ['e2', 0.25],
    ]);
    expect(profile?.adjustments).toEqual([
      { plugin: 'lift', endpoint: 'e1', delta: 0.5, reason: 'has seen this session' },
      { plugin: 'sink', endpoint: 'e0', delta: -0.25, reason: 'is being drained' },
      { plugin: 'sink', endpoint: 'e1', delta: 0.125, reason: 'again' },
    ]);
    expect(profile?.margin).toBe(0.625);
  });

  it('see the totals as they are, with what hooks before them did', async () => {
    const seen: unknown[] = [];
    const look = (name: string) =>
      adjusting(name, (_cycle, board) => {
        seen.push(
          Array.from({ length: board.candidates.length }, (_, i) => board.total(i)),
          board.total(3),
        );
        board.adjust(2, 1, 'up');
      });
    const { scheduler } = await samplePool({ scorers: [base], plugins: [look('first'), look('second')] });
    await scheduler.schedule({});
    expect(seen).toEqual([[0.75, 0.5, 0.25], Number.NaN, [0.75, 0.5, 1.25], Number.NaN]);
  });

  it('run for every profile, and know which', async () => {
    const seen: string[] = [];
    const look = adjusting('look', (cycle, board) => void seen.push(`${cycle.profile} ${board.profile}`));
    const handler = defineProfileHandler({
      type: 'both',
      create: () => ({
        handle: (cycle, run) => {
          const results = cycle.profiles.map(run);
          return { primary: results[0]! };
        },
      }),
    });
    const picker = bestPicker();
    const { scheduler } = await samplePool({
      profiles: { one: { picker }, two: { picker } },
      profileHandler: handler(),
      plugins: [look],
    });
    await scheduler.schedule({});
    expect(seen).toEqual(['one one', 'two two']);
  });
});

describe('a scoring hook that fails', () => {
  it.each<[string, (board: ScoreBoard) => void, string]>([
    ['adjusts a candidate that it was not given', (board) => board.adjust(3, 1, 'x'), 'adjusted candidate 3 of 3'],
    ['adjusts before the first', (board) => board.adjust(-1, 1, 'x'), 'adjusted candidate -1 of 3'],
    ['adjusts what is no index', (board) => board.adjust(Number.NaN, 1, 'x'), 'adjusted candidate NaN of 3'],
    ['adjusts by NaN', (board) => board.adjust(0, Number.NaN, 'x'), 'adjusted by NaN'],
    ['adjusts by Infinity', (board) => board.adjust(0, Number.POSITIVE_INFINITY, 'x'), 'adjusted by Infinity'],
    [
      'throws',
      () => {
        throw new Error('no idea');
      },
      'no idea',
    ],
  ])('changes nothing when it %s', async (_, scoring, message) => {
    const bad = adjusting('bad', (_cycle, board) => {
      board.adjust(2, 0.1, 'before it failed');
      board.adjust(2, 3, 'before it failed, again');
      scoring(board);
    });
    const good = adjusting('good', (_cycle, board) => board.adjust(0, 0.125, 'fine'));
    const { scheduler, pool } = await samplePool({ scorers: [base], plugins: [good, bad] });
    const { decision } = await scheduler.schedule({});
    const explained = decision.explain();
    expect(explained.faults).toEqual([{ plugin: 'bad', stage: 'scoring', message }]);
    expect(pool.faultCounts()).toEqual({ 'scoring/bad': 1 });
    expect(explained.profiles[0]?.adjustments.map(({ plugin }) => plugin)).toEqual(['good']);
    expect(explained.profiles[0]?.candidates.map(({ total }) => total)).toEqual([0.875, 0.5, 0.25]);
    expect(decision.target.id).toBe('e0');
  });
});

import { describe, expect, it } from 'vitest';
import type { DecisionEntry } from './decision-entry.ts';
import { DecisionLog } from './decision-log.ts';

const entry = (id: string, more: Partial<DecisionEntry> = {}): Omit<DecisionEntry, 'key'> => ({
  id,
  requestId: 'r',
  pool: 'p',
  model: 'm',
  path: '/',
  at: 0,
  target: 't',
  score: 1,
  attempts: 1,
  status: 'open',
  failed: false,
  httpStatus: null,
  firstTokenMs: null,
  totalMs: null,
  promptTokens: null,
  cachedTokens: null,
  outputTokens: null,
  error: null,
  ...more,
});
const all = { limit: 1000, slowMs: 100 };
const ids = (entries: readonly DecisionEntry[]) => entries.map(({ id }) => id);
const failure = { status: 'error', failed: true } as const;

describe('the log of decisions', () => {
  it('holds so many, newest first', () => {
    const log = new DecisionLog(3);
    for (let i = 1; i <= 5; i++) log.add(entry(`d${i}`));
    expect(ids(log.list(all))).toEqual(['d5', 'd4', 'd3']);
    expect(ids(log.list({ ...all, limit: 2 }))).toEqual(['d5', 'd4']);
  });

  it('keeps failures when traffic has washed away the rest, but not for ever', () => {
    const log = new DecisionLog(2);
    log.add(entry('bad'));
    log.update('bad', failure, () => entry('bad'));
    for (let i = 1; i <= 9; i++) log.add(entry(`d${i}`));
    expect(ids(log.list({ ...all, only: 'failed' }))).toEqual(['bad']);
    for (let i = 1; i <= 9; i++) log.add(entry(`f${i}`, failure));
    expect(ids(log.list({ ...all, only: 'failed' }))).toEqual(['f9', 'f8']);
  });

  it('adds a request again that failed after it was forgotten; one that went well stays forgotten', () => {
    const log = new DecisionLog(1);
    for (const id of ['slow', 'fine', 'new']) log.add(entry(id));
    log.update('fine', { status: 'ok' }, () => entry('fine'));
    log.update('slow', failure, () => entry('slow'));
    expect(log.list(all).map(({ id, status }) => [id, status])).toEqual([
      ['slow', 'error'],
      ['new', 'open'],
    ]);
  });

  it('sorts into lists by what became of a request, in the order of the endings', () => {
    const log = new DecisionLog(10);
    for (const id of ['a', 'b', 'c', 'd']) log.add(entry(id));
    log.update('c', { status: 'ok', firstTokenMs: 100, totalMs: 500 }, () => entry('c'));
    log.update('a', { status: 'ok', firstTokenMs: 99, totalMs: 500 }, () => entry('a'));
    log.update('b', { ...failure, totalMs: 100 }, () => entry('b'));
    const lists = log.lists(10, 100);
    const named = Object.entries(lists).map(([name, list]) => [
      name,
      list.map((kept: { entry: DecisionEntry }) => kept.entry.id),
    ]);
    expect(Object.fromEntries(named)).toEqual({
      finished: ['b', 'a', 'c'],
      running: ['d'],
      slow: ['b', 'c'],
      failed: ['b'],
    });
  });
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Labels } from './labels.ts';
import { SeriesTable } from './series-table.ts';

const LIMIT = 5;
const value = fc.constantFrom('', 'x', 'y', 'x:1', 'xy');
const labels = fc.record({ a: value, b: value, c: value }, { requiredKeys: [] });
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('count' as const), labels }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('die' as const), labels }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('prune' as const), labels }) },
  ),
  { maxLength: 60 },
);

const keyOf = ({ a = '', b = '', c = '' }: Labels) => JSON.stringify([a, b, c]);

it('keeps series apart by all of their labels, forgets the dead, and folds what finds it full', () => {
  fc.assert(
    fc.property(steps, (course) => {
      const dead = new Set<string>();
      const table = new SeriesTable<{ count: number }>({
        labelNames: ['a', 'b', 'c'],
        create: () => ({ count: 0 }),
        limit: LIMIT,
        fold: () => ({ a: 'other', b: 'other', c: 'other' }),
        isAlive: (series) => !dead.has(keyOf(series.labels)),
      });
      const model = new Map<string, number>();
      const prune = () => {
        for (const key of dead) model.delete(key);
      };
      let isFirstFold = true;
      for (const step of course) {
        let key = keyOf(step.labels);
        if (step.kind === 'die') dead.add(key);
        else if (step.kind === 'prune') {
          table.prune();
          prune();
        } else {
          if (!model.has(key) && model.size >= LIMIT) {
            // It is looked through for dead ones when it is first found full, and not soon again.
            if (isFirstFold) prune();
            isFirstFold = false;
            if (model.size >= LIMIT) key = keyOf({ a: 'other', b: 'other', c: 'other' });
          }
          model.set(key, (model.get(key) ?? 0) + 1);
          table.of(step.labels)!.value.count++;
        }
        expect(new Map([...table.values()].map((series) => [keyOf(series.labels), series.value.count]))).toEqual(model);
      }
    }),
  );
});

it('has one series without labels', () => {
  let made = 0;
  const table = new SeriesTable({
    labelNames: [],
    create: () => ++made,
    limit: 1,
    fold: () => undefined,
    isAlive: () => false,
  });
  expect([table.of({})?.value, table.of({})?.value]).toEqual([1, 1]);
  table.prune();
  expect([...table.values()]).toEqual([]);
  expect(table.of({})?.value).toBe(2);
});

it('refuses a label that it does not have', () => {
  const table = new SeriesTable({
    labelNames: ['a'],
    create: () => 0,
    limit: 1,
    fold: () => undefined,
    isAlive: () => true,
  });
  expect(() => table.of({ a: 'x', b: 'y' })).toThrow('there is no label "b"');
});

it('does not keep apart what would look the same on a page', () => {
  const table = new SeriesTable({
    labelNames: ['a'],
    create: () => 0,
    limit: 9,
    fold: () => undefined,
    isAlive: () => true,
  });
  for (const value of ['\ud800', '\ud801', '\ufffd', '\u{1f600}']) table.of({ a: value });
  expect([...table.values()].map((series) => series.labels['a'])).toEqual(['\ufffd', '\u{1f600}']);
});

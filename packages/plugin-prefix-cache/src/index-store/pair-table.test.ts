import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PairTable } from './pair-table.ts';

it('finds what a map finds, under any additions, removals and growth', () => {
  const word = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));
  const operation = fc.record({ a: word, b: word, remove: fc.boolean() });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 300, size: 'max' }), (operations) => {
      const table = new PairTable(3, 2);
      const model = new Map<string, number>();
      for (const [step, { a, b, remove }] of operations.entries()) {
        const key = `${a} ${b}`;
        const id = table.find(a, b);
        expect(id !== 0).toBe(model.has(key));
        if (id !== 0) expect(table.data[id * 3 + 2]).toBe(model.get(key));
        if (remove && id !== 0) {
          table.remove(id);
          model.delete(key);
        } else if (!remove && id === 0) {
          if (table.count === table.capacity) table.grow(table.capacity * 2);
          const added = table.add(a, b);
          expect(table.data[added * 3 + 2]).toBe(0);
          table.data[added * 3 + 2] = step;
          model.set(key, step);
        }
        expect(table.count).toBe(model.size);
        expect(table.count).toBeLessThanOrEqual(table.capacity);
      }
      for (const [key, value] of model) {
        const [a = 0, b = 0] = key.split(' ').map(Number);
        expect(table.data[table.find(a, b) * 3 + 2]).toBe(value);
      }
    }),
  );
});

it('says before what it will take', () => {
  for (const capacity of [1, 64, 1000]) {
    const table = new PairTable(8, capacity);
    expect(table.capacity).toBe(capacity);
    expect(PairTable.bytesFor(8, capacity)).toBeGreaterThan(table.data.byteLength);
  }
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { KeyTable } from './key-table.ts';

it('finds what a map finds, under any additions, removals and changes of size', () => {
  const word = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));
  const operation = fc.record({ low: word, high: word, remove: fc.boolean(), resize: fc.boolean() });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 300, size: 'max' }), (operations) => {
      let table = new KeyTable(3, 8);
      const model = new Map<string, number>();
      for (const [step, { low, high, remove, resize }] of operations.entries()) {
        // A key of zeros shares the place of its neighbour.
        const name = low === 0 && high === 0 ? '1 0' : `${low} ${high}`;
        const at = table.find(low, high);
        expect(at >= 0).toBe(model.has(name));
        if (at >= 0) expect(table.data[at + 2]).toBe(model.get(name));
        if (remove && at >= 0) {
          table.remove(at);
          model.delete(name);
        } else if (!remove && at < 0) {
          if (table.isFull) table = table.resized(2 * table.slots);
          const added = table.add(low, high);
          expect(table.data[added + 2]).toBe(0);
          table.data[added + 2] = step;
          model.set(name, step);
        }
        if (resize) table = table.resized(Math.ceil(table.count / 0.7) + 1);
        expect(table.count).toBe(model.size);
      }
      for (const [name, value] of model) {
        const [low = 0, high = 0] = name.split(' ').map(Number);
        expect(table.data[table.find(low, high) + 2]).toBe(value);
      }
    }),
  );
});

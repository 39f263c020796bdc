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
        const found = at >= 0 ? table.data[at + 2] : undefined;
        if (found !== model.get(name)) expect.fail(`found ${found} instead of ${model.get(name)}`);
        if (remove && at >= 0) {
          table.remove(at);
          model.delete(name);
        } else if (!remove && at < 0) {
          if (table.isFull) table = table.resized(2 * table.slots);
          const added = table.add(low, high);
          if (table.data[added + 2] !== 0) expect.fail('a new record is not empty');
          table.data[added + 2] = step;
          model.set(name, step);
        }
        if (resize) table = table.resized(Math.ceil(table.count / 0.7) + 1);
        if (table.count !== model.size) expect.fail(`${table.count} records instead of ${model.size}`);
      }
      for (const [name, value] of model) {
        const [low = 0, high = 0] = name.split(' ').map(Number);
        if (table.data[table.find(low, high) + 2] !== value) expect.fail(`${name} is lost`);
      }
    }),
  );
});

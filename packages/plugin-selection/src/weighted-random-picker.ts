import { definePicker } from '@pointsman/core';
import { pickerParams } from './picker-params.ts';
import { drawUniformly } from './shuffle.ts';

/**
 * Picks at random, in proportion to the totals: weighted sampling without replacement (Efraimidis and Spirakis, A-Res):
 * each endpoint gets the key u^(1/total), the greatest keys win. Endpoints without a positive total come last; when no
 * total is positive, all are equally likely.
 */
export const weightedRandomPicker = definePicker({
  type: 'weighted-random-picker',
  description: 'Picks endpoints at random, in proportion to their totals.',
  params: pickerParams,
  create: ({ params: { maxNumOfEndpoints } }) => {
    let keys = new Float64Array(0);
    return {
      pick(candidates, totals, cycle, order) {
        const { length } = candidates;
        const count = Math.min(maxNumOfEndpoints, length);
        // Shuffled first, so that endpoints without a positive total are in no particular order.
        drawUniformly(order, length, length, cycle.random);
        if (keys.length < length) keys = new Float64Array(length);
        let positive = false;
        for (let i = 0; i < length; i++) {
          const total = totals[i]!;
          if (total > 0) {
            positive = true;
            // The logarithm of u^(1/total) orders alike and does not underflow.
            // Kept finite, so that the smallest total still comes before none.
            keys[i] = Math.max(Math.log(Math.max(cycle.random.next(), 1e-10)) / total, -Number.MAX_VALUE);
          } else {
            keys[i] = Number.NEGATIVE_INFINITY;
          }
        }
        if (positive)
          order.subarray(0, length).sort((a, b) => (keys[a]! < keys[b]! ? 1 : keys[a]! > keys[b]! ? -1 : 0));
        return count;
      },
    };
  },
});

import { definePicker } from '@pointsman/core';
import { pickerParams } from './picker-params.ts';
import { drawUniformly } from './shuffle.ts';

/** Picks at random, whatever the totals are. */
export const randomPicker = definePicker({
  type: 'random-picker',
  description: 'Picks endpoints at random, each as likely as the others.',
  params: pickerParams,
  create: ({ params: { maxNumOfEndpoints } }) => ({
    pick(candidates, _totals, cycle, order) {
      const count = Math.min(maxNumOfEndpoints, candidates.length);
      drawUniformly(order, candidates.length, count, cycle.random);
      return count;
    },
  }),
});

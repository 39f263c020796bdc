import { definePicker } from '@pointsman/core';
import { pickerParams } from './picker-params.ts';

/**
 * Picks the candidates in turn, whatever the totals are. Not in the reference: it is what routing by scores is compared
 * with. The turn is a plain count, so where filters leave other candidates each time the shares are only about equal.
 */
export const roundRobinPicker = definePicker({
  type: 'round-robin-picker',
  description: 'Picks endpoints in turn, whatever their totals; a baseline to compare with.',
  params: pickerParams,
  create({ params: { maxNumOfEndpoints }, inherited }) {
    let turn = typeof inherited === 'number' ? inherited : 0;
    return {
      pick(candidates, _totals, _cycle, order) {
        const { length } = candidates;
        const count = Math.min(maxNumOfEndpoints, length);
        for (let i = 0; i < count; i++) order[i] = (turn + i) % length;
        turn = (turn + 1) % Number.MAX_SAFE_INTEGER;
        return count;
      },
      handOver: () => turn,
    };
  },
});

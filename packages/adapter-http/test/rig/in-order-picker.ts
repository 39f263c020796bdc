import { definePicker } from '@pointsman/core';

/** Takes endpoints as they come: the first is the target, all others are fallbacks. */
export const inOrderPicker = definePicker({
  type: 'in-order',
  create: () => ({
    pick({ length }, _totals, _cycle, order) {
      for (let i = 0; i < length; i++) order[i] = i;
      return length;
    },
  }),
});

import { definePicker } from '@pointsman/core';

/** Takes the first endpoint. */
export const inOrderPicker = definePicker({
  type: 'in-order',
  create: () => ({
    pick(_candidates, _totals, _cycle, order) {
      order[0] = 0;
      return 1;
    },
  }),
});

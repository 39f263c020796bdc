import { definePicker } from '@pointsman/core';

/** Takes the first endpoint. */
export const first = definePicker({
  type: 'first',
  create: () => ({
    pick(_candidates, _totals, _cycle, order) {
      order[0] = 0;
      return 1;
    },
  }),
});

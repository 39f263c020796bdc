import { createScheduler, staticEndpoints } from '@pointsman/core';
import { inOrderPicker } from './in-order-picker.ts';

/** Stands for the scheduler of a reader of the documents. */
export const scheduler = createScheduler({
  endpoints: staticEndpoints(['http://10.0.0.1:8000']),
  profiles: { default: { picker: inOrderPicker() } },
});

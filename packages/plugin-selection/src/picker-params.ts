import { z } from 'zod';

/** Parameters of every picker. */
export const pickerParams = z.strictObject({
  /** How many endpoints to name: the target, then fallbacks. Values below 1 mean 1. */
  maxNumOfEndpoints: z
    .int()
    .default(1)
    .transform((value) => Math.max(1, value)),
});

import { z } from 'zod';

const DEFAULT = 'approx-prefix-cache-producer';

/** Instance name of the plugin that says what is cached where. An empty text means the default, as in llm-d. */
export const producerName = z
  .string()
  .transform((name) => (name === '' ? DEFAULT : name))
  .default(DEFAULT);

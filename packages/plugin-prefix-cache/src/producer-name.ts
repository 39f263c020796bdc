import { z } from 'zod';

/** Instance name of a plugin whose data is read. An empty text means the default, as in llm-d. */
export const producerName = (initial: string) =>
  z
    .string()
    .transform((name) => (name === '' ? initial : name))
    .default(initial);

/** Instance name of the plugin that says what is cached where. */
export const prefixProducerName = producerName('approx-prefix-cache-producer');

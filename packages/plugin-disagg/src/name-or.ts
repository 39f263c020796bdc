import { z } from 'zod';

/** A parameter that names something; blank for the default. */
export function nameOr(fallback: string) {
  return z
    .string()
    .default('')
    .transform((name) => name || fallback);
}

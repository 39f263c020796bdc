import { z } from 'zod';

/** Name of an HTTP header in lower case, without spaces around it; may be empty. */
export const headerName = z
  .string()
  .transform((name) => name.trim().toLowerCase())
  .refine((name) => /^[!#$%&'*+\-.^_`|~0-9a-z]*$/.test(name), { message: 'is no name of an HTTP header' });

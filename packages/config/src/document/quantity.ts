import { z } from 'zod';

const DURATION = /^[-+]?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$/;
const QUANTITY = /^[-+]?(\d+\.?\d*|\.\d+)(([eE][-+]?\d+)|[EPTGMk]i?|Ki|m|u|n)?$/;

/** A duration as Go writes it: `300ms`, `1m30s`. */
export const durationText = z.string().regex(DURATION, 'expected a duration such as 300ms or 1m30s');

/** A quantity as Kubernetes writes it, such as `10Gi` or `5k`, not negative. */
export const quantity = z.union([
  z.number().min(0),
  z
    .string()
    .regex(QUANTITY, 'expected a quantity such as 10Gi or 5k')
    .refine((text) => !text.startsWith('-'), 'must not be negative'),
]);

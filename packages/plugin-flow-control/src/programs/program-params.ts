import { z } from 'zod';

/** Parameters of `program-aware-fairness`. */
export const programParams = z.strictObject({
  strategy: z.literal('las').default('las'),
  /** How much it counts that a program has got little so far. */
  lasWeightService: z.number().min(0).default(0.8),
  /** How much it counts that the first of its requests has waited long. */
  lasWeightHeadWait: z.number().min(0).default(0.2),
  /** Seconds in which what a program has got comes to count half; 0 for never. */
  lasHalfLifeSeconds: z.number().min(0).default(60),
  /** Seconds after which a program of which nothing runs is forgotten; 0 for never. */
  evictionTtlSeconds: z.number().min(0).default(3600),
  /** How often it is looked for such programs. */
  evictionSweepSeconds: z.number().positive().default(300),
});

export type ProgramParams = z.output<typeof programParams>;

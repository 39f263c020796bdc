import type { Explanation } from '@pointsman/core';
import { z } from 'zod';
import { CommandFailure } from '../command-failure.ts';

/** As much of an explanation as is needed to render it. */
const shape = z.looseObject({
  version: z.literal(1),
  id: z.string(),
  at: z.string(),
  seed: z.string(),
  requestId: z.string(),
  model: z.string(),
  target: z.string(),
  fallbacks: z.array(z.string()),
  companions: z.record(z.string(), z.string()),
  profiles: z.array(
    z.looseObject({
      profile: z.string(),
      considered: z.array(z.string()),
      filters: z.array(z.looseObject({ plugin: z.string(), kept: z.number() })),
      dropped: z.array(z.looseObject({ endpoint: z.string(), filter: z.string(), reason: z.string() })),
      scorers: z.array(z.looseObject({ plugin: z.string(), weight: z.number() })),
      candidates: z.array(
        z.looseObject({
          endpoint: z.string(),
          total: z.number(),
          rank: z.number().nullable(),
          scores: z.array(z.looseObject({ raw: z.number().nullable(), weighted: z.number() })),
        }),
      ),
      adjustments: z.array(z.looseObject({ plugin: z.string(), endpoint: z.string(), delta: z.number() })),
      picker: z.string(),
      tied: z.number(),
      margin: z.number().nullable(),
      flips: z.array(z.looseObject({ scorer: z.string(), runnerUp: z.string() })),
    }),
  ),
  data: z.array(z.looseObject({ writer: z.string(), ages: z.array(z.looseObject({ ageMs: z.number().nullable() })) })),
  faults: z.array(z.looseObject({ plugin: z.string(), stage: z.string(), message: z.string() })),
  notes: z.array(z.looseObject({ plugin: z.string(), text: z.string() })),
  timingsUs: z.record(z.string(), z.number()),
  attempts: z.array(z.looseObject({ endpoint: z.string(), left: z.string().nullable() })),
});

/** @throws CommandFailure that names what is missing */
export function readExplanation(text: string, where: string): Explanation {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new CommandFailure(`${where}: not JSON: ${(error as Error).message}`);
  }
  const read = shape.safeParse(json);
  if (read.success) return json as Explanation;
  const [{ path, message } = { path: [], message: '' }] = read.error.issues;
  throw new CommandFailure(`${where}: no explanation of a decision: ${path.map(String).join('.')}: ${message}`);
}

import { z } from 'zod';

export const requestCostParams = {
  /** Counts the tokens that will probably be generated, too. */
  addEstimatedOutputTokens: z.boolean().default(false),
  /** Generated tokens for each token of the prompt. */
  outputRatio: z.number().min(0).default(1.5),
  /** Upper limit of the estimate of generated tokens. */
  maxEstimatedOutputTokens: z.int().min(0).nullish(),
};

const schema = z.object(requestCostParams);

/** Tokens of a prompt that an endpoint would have to compute. */
export function uncachedTokens(
  promptTokens: number,
  matchBlocks: number,
  totalBlocks: number,
  blockSize: number,
): number {
  if (!(blockSize > 0)) return promptTokens;
  const matched = matchBlocks * blockSize;
  const indexed = totalBlocks * blockSize;
  const tokens = Math.max(0, indexed - matched) + Math.max(0, promptTokens - indexed);
  // What is no number must not get into the sum of everything that is in flight.
  return Number.isFinite(tokens) ? tokens : promptTokens;
}

/** Tokens that will probably be generated: in proportion to the prompt, within the client's and the operator's limits. */
export function estimatedOutputTokens(
  params: z.output<typeof schema>,
  promptTokens: number,
  maxOutputTokens: number | undefined,
): number {
  if (!params.addEstimatedOutputTokens) return 0;
  const estimate = Math.floor(promptTokens * params.outputRatio + 0.5);
  return Math.max(
    0,
    Math.min(
      estimate,
      maxOutputTokens ?? Number.POSITIVE_INFINITY,
      params.maxEstimatedOutputTokens ?? Number.POSITIVE_INFINITY,
    ),
  );
}

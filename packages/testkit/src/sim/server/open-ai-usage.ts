import type { Usage } from './generation-request.ts';

/** Token counts in the form of the OpenAI APIs. */
export function openAiUsage({ promptTokens, outputTokens, cachedTokens }: Usage): unknown {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: outputTokens,
    total_tokens: promptTokens + outputTokens,
    prompt_tokens_details: cachedTokens === undefined ? null : { cached_tokens: cachedTokens },
  };
}

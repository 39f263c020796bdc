import { JsonObjectText } from './json-object.ts';

/** How many prompt tokens an answer found in the cache, as JSON text; `0` when it does not say. */
export function cachedTokensOf(answer: JsonObjectText): string {
  const text = answer.object('usage')?.object('prompt_tokens_details')?.text('cached_tokens')?.toString('latin1');
  return text !== undefined && /^\d/.test(text) ? text : '0';
}

/**
 * An answer whose usage says `cachedTokens`. A model server that received the KV cache from elsewhere takes all of the prompt for
 * cached; what was, only the prefiller knows.
 * @param json valid JSON
 * @returns undefined when the answer has no usage
 */
export function withCachedTokens(json: Buffer, cachedTokens: string): Buffer | undefined {
  const answer = JsonObjectText.of(json);
  const usage = answer?.object('usage');
  if (answer === undefined || usage === undefined) return undefined;
  const details = usage.object('prompt_tokens_details');
  const edited = details?.with({ cached_tokens: cachedTokens }) ?? `{"cached_tokens":${cachedTokens}}`;
  return answer.with({ usage: usage.with({ prompt_tokens_details: edited }) });
}

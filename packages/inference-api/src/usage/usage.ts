/** Tokens that a request cost, as the model server reports them. */
export interface Usage {
  readonly promptTokens: number;
  /** Prompt tokens that came from the KV cache; undefined if the server does not say. */
  readonly cachedTokens?: number;
  readonly completionTokens: number;
  /** As reported by OpenAI-like servers; the sum of prompt and completion tokens for the others. */
  readonly totalTokens?: number;
}

/**
 * `later` over `earlier`: a stream may report its counts in parts, or again and again while they grow. A zero does
 * not overwrite. A total holds only for the report that brought it.
 */
export function mergeUsage(earlier: Usage | undefined, later: Usage): Usage {
  if (!earlier) return later;
  const cachedTokens = later.cachedTokens || (earlier.cachedTokens ?? later.cachedTokens);
  return {
    promptTokens: later.promptTokens || earlier.promptTokens,
    ...(cachedTokens !== undefined && { cachedTokens }),
    completionTokens: later.completionTokens || earlier.completionTokens,
    ...(later.totalTokens !== undefined && { totalTokens: later.totalTokens }),
  };
}

/** `usage` with the sum of prompt and completion tokens as total. */
export function withSummedTotal(usage: Usage): Usage {
  return { ...usage, totalTokens: usage.promptTokens + usage.completionTokens };
}

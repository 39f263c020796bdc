import type { InferenceApi } from '../inference-api.ts';
import { anthropicUsage } from './anthropic-usage.ts';
import { openaiUsage } from './openai-usage.ts';
import { sglangUsage } from './sglang-usage.ts';
import type { UsageDialect } from './usage-dialect.ts';

/** The dialect of an API's responses; undefined if they report no usage. */
export function usageDialectOf(api: InferenceApi): UsageDialect | undefined {
  switch (api) {
    case 'anthropic.messages':
      return anthropicUsage;
    case 'sglang.generate':
      return sglangUsage;
    case 'anthropic.count_tokens':
    case 'raw':
      return undefined;
    default:
      return openaiUsage;
  }
}

import { isJsonObject, type JsonObject } from '../json/json-object.ts';
import type { Usage } from './usage.ts';
import type { UsageDialect } from './usage-dialect.ts';

/** SGLang's native generate API: every event has counts, those of the event with a finish reason are final. */
export const sglangUsage: UsageDialect = {
  bodyField: 'meta_info',
  eventField: 'finish_reason',
  countsEvents: false,
  sumsTotal: true,
  fromBody(value) {
    if (value === undefined || value === null) return undefined;
    return isJsonObject(value) ? read(value) : 'malformed';
  },
  fromEvent({ meta_info: meta }) {
    if (!isJsonObject(meta) || meta.finish_reason === undefined || meta.finish_reason === null) return undefined;
    return read(meta);
  },
  hasContent: ({ text, output_ids: ids }) =>
    (typeof text === 'string' && text !== '') || (Array.isArray(ids) && ids.length > 0),
};

function read(meta: JsonObject): Usage | undefined {
  const promptTokens = count(meta.prompt_tokens);
  const completionTokens = count(meta.completion_tokens);
  if (promptTokens === 0 && completionTokens === 0) return undefined;
  const cached = meta.cached_tokens;
  return {
    promptTokens,
    ...(cached !== undefined && cached !== null && { cachedTokens: count(cached) }),
    completionTokens,
  };
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

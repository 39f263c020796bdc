import { isJsonObject, type JsonObject } from '../json/json-object.ts';
import type { Usage } from './usage.ts';
import type { UsageDialect } from './usage-dialect.ts';

/** Anthropic's messages. A stream reports the prompt in its first event and the completion in a late one. */
export const anthropicUsage: UsageDialect = {
  bodyField: 'usage',
  eventField: 'usage',
  countsEvents: false,
  sumsTotal: true,
  fromBody(value) {
    if (value === undefined || value === null) return undefined;
    return isJsonObject(value) ? read(value, value.output_tokens) : 'malformed';
  },
  fromEvent(event) {
    if (event.type === 'message_start') {
      const message = isJsonObject(event.message) ? event.message : {};
      // What it calls output tokens here is a placeholder.
      return isJsonObject(message.usage) ? read(message.usage, 0) : undefined;
    }
    if (event.type !== 'message_delta' || !isJsonObject(event.usage)) return undefined;
    return read(event.usage, event.usage.output_tokens);
  },
  hasContent(event) {
    if (event.type === 'content_block_delta') return true;
    return event.type === 'content_block_start' && isJsonObject(event.content_block) && isToolCall(event.content_block);
  },
};

function read(usage: JsonObject, outputTokens: unknown): Usage {
  const cached = usage.cache_read_input_tokens;
  return {
    promptTokens: count(usage.input_tokens),
    ...(cached !== undefined && cached !== null && { cachedTokens: count(cached) }),
    completionTokens: count(outputTokens),
  };
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

/** A block that says something before its first delta. */
function isToolCall(block: JsonObject): boolean {
  return block.type === 'tool_use' || block.type === 'server_tool_use';
}

import { isJsonObject, type JsonObject } from '../json/json-object.ts';
import type { Usage } from './usage.ts';
import type { UsageDialect } from './usage-dialect.ts';

/** OpenAI and servers that answer like it, vLLM's generate API included. */
export const openaiUsage: UsageDialect = {
  bodyField: 'usage',
  eventField: 'usage',
  countsEvents: true,
  sumsTotal: false,
  fromBody(value) {
    if (value === undefined || value === null) return undefined;
    return isJsonObject(value) ? read(value) : 'malformed';
  },
  fromEvent(event) {
    const usage = event.usage ?? responseUsage(event);
    if (!isJsonObject(usage) || !isExact(usage)) return undefined;
    return read(usage);
  },
  hasContent(event) {
    if (typeof event.type === 'string') return event.type.endsWith('.delta') && isFilled(event.delta);
    return Array.isArray(event.choices) && event.choices.some(choiceHasContent);
  },
};

/** Events that end a stream of the responses API; earlier ones carry counts that are not final. */
const finalEvents = new Set<unknown>(['response.completed', 'response.incomplete', 'response.failed']);

function responseUsage(event: JsonObject): unknown {
  return finalEvents.has(event.type) && isJsonObject(event.response) ? event.response.usage : undefined;
}

const countFields = ['prompt_tokens', 'input_tokens', 'completion_tokens', 'output_tokens', 'total_tokens'] as const;

/** Servers that stream put integers; anything else is taken for a different kind of `usage`. */
function isExact(usage: JsonObject): boolean {
  const details = detailsOf(usage);
  return countFields.every((field) => isIntegerOrNothing(usage[field])) && isIntegerOrNothing(details?.cached_tokens);
}

function isIntegerOrNothing(value: unknown): boolean {
  return !isGiven(value) || Number.isSafeInteger(value);
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function detailsOf(usage: JsonObject): JsonObject | undefined {
  const details = usage.prompt_tokens_details ?? usage.input_tokens_details;
  return isJsonObject(details) ? details : undefined;
}

function read(usage: JsonObject): Usage {
  const cached = detailsOf(usage)?.cached_tokens;
  return {
    promptTokens: count(usage.prompt_tokens ?? usage.input_tokens),
    ...(isGiven(cached) && { cachedTokens: count(cached) }),
    completionTokens: count(usage.completion_tokens ?? usage.output_tokens),
    ...(isGiven(usage.total_tokens) && { totalTokens: count(usage.total_tokens) }),
  };
}

/** A count that may come as a float or as a numeric string; anything else counts as 0. */
function count(value: unknown): number {
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && number > 0 && Number.isFinite(number) ? Math.trunc(number) : 0;
}

const deltaFields = ['content', 'reasoning_content', 'reasoning', 'refusal', 'tool_calls', 'function_call', 'audio'];

function choiceHasContent(choice: unknown): boolean {
  if (!isJsonObject(choice)) return false;
  if (isFilled(choice.text) || isFilled(choice.token_ids)) return true;
  const { delta } = choice;
  return isJsonObject(delta) && deltaFields.some((field) => isFilled(delta[field]));
}

function isFilled(value: unknown): boolean {
  if (typeof value === 'string' || Array.isArray(value)) return value.length > 0;
  return isJsonObject(value);
}

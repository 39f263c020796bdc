import { makeToolCall, type Tool, type ToolCall } from '../model/tool-call.ts';
import { ApiError } from './api-error.ts';
import type { SimContext } from './sim-context.ts';

/** Which tools must, may or may not be called. */
export type ToolChoice =
  | { readonly kind: 'none' | 'auto' | 'required' }
  | { readonly kind: 'named'; readonly name: string };

const TYPES = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'];

/** `tool_choice` of the OpenAI APIs: a word, or an object that names a function. What is unknown counts as `auto`. */
export function openAiToolChoice(choice: unknown): ToolChoice {
  if (choice === 'none' || choice === 'required') return { kind: choice };
  if (typeof choice === 'object' && choice !== null) {
    const { name, function: nested } = choice as { name?: unknown; function?: { name?: unknown } };
    const named = name ?? nested?.name;
    if (typeof named === 'string') return { kind: 'named', name: named };
  }
  return { kind: 'auto' };
}

/**
 * Decides whether the model calls a tool. Left to itself it does, unless the conversation ends with a tool's result: so a
 * client that runs tools in a loop comes to an end.
 * @throws ApiError 400 when a tool is not valid or the named one does not exist
 */
export function planToolCalls(
  tools: readonly Tool[],
  choice: ToolChoice,
  endsWithResult: boolean,
  { options, random }: SimContext,
): (() => readonly ToolCall[]) | undefined {
  for (const tool of tools) checkSchema(tool.parameters, tool.name);
  if (tools.length === 0 || choice.kind === 'none') return undefined;
  if (choice.kind === 'auto' && endsWithResult) return undefined;
  const candidates = choice.kind === 'named' ? tools.filter(({ name }) => name === choice.name) : tools;
  if (candidates.length === 0)
    throw new ApiError(400, 'Tool validation failed: tool_choice names a tool that is not given');
  const limits = {
    minInteger: options.minToolCallIntegerParam,
    maxInteger: options.maxToolCallIntegerParam,
    minNumber: options.minToolCallNumberParam,
    maxNumber: options.maxToolCallNumberParam,
    minItems: options.minToolCallArrayParamLength,
    maxItems: options.maxToolCallArrayParamLength,
    optionalPercent: options.toolCallNotRequiredParamProbability,
  };
  return () => [makeToolCall(candidates[random.below(candidates.length)]!, limits, random)];
}

function checkSchema(schema: unknown, where: string): void {
  if (schema === undefined || schema === null) return;
  if (typeof schema !== 'object') throw new ApiError(400, `Tool validation failed: ${where} is not a schema`);
  const { type, properties, items } = schema as { type?: unknown; properties?: unknown; items?: unknown };
  for (const each of Array.isArray(type) ? type : [type]) {
    if (each !== undefined && !TYPES.includes(each)) {
      throw new ApiError(400, `Tool validation failed: ${where}: type must be one of ${TYPES.join(', ')}`);
    }
  }
  for (const [name, property] of Object.entries(properties ?? {})) checkSchema(property, `${where}.${name}`);
  checkSchema(items, `${where}[]`);
}

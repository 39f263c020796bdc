import { isOptionalString, objectList, optionalList } from '../json/json-fields.ts';
import { isJsonObject, type JsonObject } from '../json/json-object.ts';
import { invalidField, type RequestKind } from './request-kind.ts';
import type { UnknownType } from './unknown-type.ts';

/** Text of a message, of a tool's result or of the system prompt. */
export interface AnthropicTextBlock {
  readonly type: 'text';
  readonly text?: string | null;
}

/** A picture, as base64 (`data`) or by `url`. */
export interface AnthropicImageBlock {
  readonly type: 'image';
  readonly source?: {
    readonly type?: string | null;
    readonly media_type?: string | null;
    readonly data?: string | null;
    readonly url?: string | null;
  } | null;
}

/** Reasoning of an earlier turn. */
export interface AnthropicThinkingBlock {
  readonly type: 'thinking';
  readonly thinking?: string | null;
}

/** A call that the assistant made. */
export interface AnthropicToolUseBlock {
  readonly type: 'tool_use';
  readonly id?: string | null;
  readonly name?: string | null;
  readonly input?: unknown;
}

/** What a tool answered. */
export interface AnthropicToolResultBlock {
  readonly type: 'tool_result';
  readonly tool_use_id?: string | null;
  readonly content?: string | readonly AnthropicResultBlock[] | null;
}

/** A block of any other type; its fields are unchecked. */
export interface AnthropicOtherBlock {
  readonly type?: UnknownType;
}

/** A block of a tool's result. */
export type AnthropicResultBlock = AnthropicTextBlock | AnthropicImageBlock | AnthropicOtherBlock;

/** A block of a message. */
export type AnthropicBlock =
  | AnthropicResultBlock
  | AnthropicThinkingBlock
  | AnthropicToolUseBlock
  | AnthropicToolResultBlock;

/** A message, as the client wrote it. */
export interface AnthropicMessage {
  readonly role?: string | null;
  readonly content?: string | readonly AnthropicBlock[] | null;
}

/** The system prompt. */
export type AnthropicSystem = string | readonly (AnthropicTextBlock | AnthropicOtherBlock)[];

/** A tool that the model may call. */
export interface AnthropicTool {
  readonly name?: string | null;
  readonly description?: string | null;
  readonly input_schema?: unknown;
}

/**
 * Reads the field `messages` of an Anthropic request.
 * @throws ApiError if it is empty or a field that this package names has the wrong type
 */
export function anthropicMessages(json: JsonObject, kind: RequestKind): readonly AnthropicMessage[] {
  const messages = objectList(json, 'messages', kind);
  for (let i = 0; i < messages.length; i++) {
    const { role, content } = messages[i]!;
    if (!isOptionalString(role)) throw invalidField(kind, `messages[${i}].role`, 'a string', role);
    checkBlocks(content, `messages[${i}].content`, kind, checkBlock);
  }
  return messages as readonly AnthropicMessage[];
}

/** Reads the field `system`; undefined if it is left out. */
export function anthropicSystem(json: JsonObject, kind: RequestKind): AnthropicSystem | undefined {
  checkBlocks(json.system, 'system', kind, checkResultBlock);
  return (json.system ?? undefined) as AnthropicSystem | undefined;
}

/** Reads the field `tools`; undefined if it is left out. */
export function anthropicTools(json: JsonObject, kind: RequestKind): readonly AnthropicTool[] | undefined {
  const tools = optionalList(json, 'tools', kind);
  for (let i = 0; tools && i < tools.length; i++) {
    const tool = tools[i];
    if (!isJsonObject(tool)) throw invalidField(kind, `tools[${i}]`, 'an object', tool);
    checkStrings(tool, toolFields, `tools[${i}]`, kind);
  }
  return tools as readonly AnthropicTool[] | undefined;
}

const toolFields = ['name', 'description'] as const;

type BlockCheck = (block: JsonObject, param: string, kind: RequestKind) => void;

function checkBlocks(content: unknown, param: string, kind: RequestKind, check: BlockCheck): void {
  if (isOptionalString(content)) return;
  if (!Array.isArray(content)) throw invalidField(kind, param, 'a string or an array of blocks', content);
  for (let i = 0; i < content.length; i++) {
    const block: unknown = content[i];
    if (!isJsonObject(block)) throw invalidField(kind, `${param}[${i}]`, 'an object', block);
    check(block, `${param}[${i}]`, kind);
  }
}

/** Text fields of the blocks that have nothing else to check. */
const textFields = new Map<unknown, readonly string[]>([
  ['text', ['text']],
  ['thinking', ['thinking']],
  ['tool_use', ['id', 'name']],
  ['tool_result', ['tool_use_id']],
]);

const sourceFields = ['type', 'media_type', 'data', 'url'] as const;

function checkBlock(block: JsonObject, param: string, kind: RequestKind): void {
  checkResultBlock(block, param, kind);
  // Blocks of a result hold no further blocks, so the walk ends there however deep the JSON goes.
  if (block.type === 'tool_result') checkBlocks(block.content, `${param}.content`, kind, checkResultBlock);
}

function checkResultBlock(block: JsonObject, param: string, kind: RequestKind): void {
  checkStrings(block, textFields.get(block.type) ?? [], param, kind);
  if (block.type !== 'image' || block.source === undefined || block.source === null) return;
  if (!isJsonObject(block.source)) throw invalidField(kind, `${param}.source`, 'an object', block.source);
  checkStrings(block.source, sourceFields, `${param}.source`, kind);
}

function checkStrings(from: JsonObject, names: readonly string[], param: string, kind: RequestKind): void {
  for (const name of names) {
    if (!isOptionalString(from[name])) throw invalidField(kind, `${param}.${name}`, 'a string', from[name]);
  }
}

import type {
  AnthropicBlock,
  AnthropicImageBlock,
  AnthropicTextBlock,
  AnthropicThinkingBlock,
  AnthropicTool,
  AnthropicToolResultBlock,
  AnthropicToolUseBlock,
  MessagesContent,
} from '@pointsman/inference-api';
import { jsonTextUnsorted } from './json-text.ts';
import type { MediaWriter } from './media-writer.ts';
import type { PromptBytes } from './prompt-bytes.ts';

/** Changes with every request and is no part of the prompt. */
const BILLING = 'x-anthropic-billing-header';

/** Anthropic messages: tools, system prompt, then of each message its role and blocks. */
export function writeMessages(content: MessagesContent, bytes: PromptBytes, media: MediaWriter): void {
  const { tools, system, messages } = content;
  if (tools !== undefined && tools.length > 0) bytes.text(jsonTextUnsorted(tools.map(toolOf)));
  if (typeof system === 'string') bytes.text(system);
  else {
    for (const block of system ?? []) {
      const text = block.type === 'text' ? ((block as AnthropicTextBlock).text ?? '') : '';
      if (!text.startsWith(BILLING)) bytes.text(text);
    }
  }
  for (const message of messages) {
    bytes.text(message.role ?? '');
    if (typeof message.content === 'string') bytes.text(message.content);
    else for (const block of message.content ?? []) writeBlock(block, bytes, media);
  }
}

/** What a model sees of a tool, in the order in which llm-d writes it. */
function toolOf({ name, description, input_schema }: AnthropicTool): object {
  return {
    name: name ?? '',
    ...(description ? { description } : {}),
    ...(input_schema == null ? {} : { input_schema }),
  };
}

function writeBlock(block: AnthropicBlock, bytes: PromptBytes, media: MediaWriter): void {
  switch (block.type) {
    case 'text':
      bytes.text((block as AnthropicTextBlock).text ?? '');
      break;
    case 'image':
      writeImage(block as AnthropicImageBlock, media);
      break;
    case 'thinking':
      bytes.text((block as AnthropicThinkingBlock).thinking ?? '');
      break;
    case 'tool_use':
      writeToolUse(block as AnthropicToolUseBlock, bytes);
      break;
    case 'tool_result':
      writeToolResult(block as AnthropicToolResultBlock, bytes, media);
      break;
  }
}

function writeToolUse({ id, name, input }: AnthropicToolUseBlock, bytes: PromptBytes): void {
  bytes.text(id ?? '');
  bytes.text(name ?? '');
  if (input !== undefined) bytes.text(JSON.stringify(input));
}

function writeToolResult({ content }: AnthropicToolResultBlock, bytes: PromptBytes, media: MediaWriter): void {
  if (typeof content === 'string') {
    bytes.text(content);
    return;
  }
  for (const block of content ?? []) {
    if (block.type === 'text') bytes.text((block as AnthropicTextBlock).text ?? '');
    else if (block.type === 'image') writeImage(block as AnthropicImageBlock, media);
  }
}

function writeImage({ source }: AnthropicImageBlock, media: MediaWriter): void {
  if (source?.data) media.imageData(source.data);
  else if (source?.url) media.imageUrl(source.url);
}

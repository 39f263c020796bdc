import type { ChatMessage } from '../model/chat-text.ts';
import { ApiError, malformed } from './api-error.ts';

/** Messages of a conversation, content flattened to text. @throws ApiError 400 */
export function readMessages(messages: unknown, field: string): ChatMessage[] {
  if (messages === undefined || messages === null) return [];
  if (!Array.isArray(messages)) throw malformed(`${field}: a list was expected`);
  return messages.map((message: unknown, i) => {
    if (!isObject(message)) throw malformed(`${field}.${i}: an object was expected`);
    const role = typeof message['role'] === 'string' ? message['role'] : '';
    const calls = message['tool_calls'];
    const text = contentText(message['content']);
    return { role, text: Array.isArray(calls) && calls.length > 0 ? joined([text, JSON.stringify(calls)]) : text };
  });
}

/** Text of a message's content: a string, or parts one on each line. @throws ApiError 400 */
export function contentText(content: unknown): string {
  if (content === undefined || content === null) return '';
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw malformed('content format not supported');
  return joined(content.map(partText));
}

function partText(part: unknown): string {
  if (typeof part === 'string') return part;
  if (!isObject(part)) throw new ApiError(400, 'content format not supported');
  if (typeof part['text'] === 'string') return part['text'];
  const image = part['image_url'];
  if (isObject(image)) return `image: ${String(image['url'])}`;
  if (typeof image === 'string') return `image: ${image}`;
  if (part['type'] === 'tool_result') return contentText(part['content']);
  return JSON.stringify(part);
}

function joined(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('\n');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

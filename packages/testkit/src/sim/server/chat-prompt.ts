import { type ChatMessage, chatEcho, chatText } from '../model/chat-text.ts';
import { tokenIds, tokenTexts } from '../model/tokenize.ts';
import type { Prompt } from './generation-request.ts';

/** The prompt of a conversation. */
export function chatPrompt(messages: readonly ChatMessage[]): Prompt {
  return { tokens: tokenIds(chatText(messages)), echo: () => tokenTexts(chatEcho(messages)) };
}

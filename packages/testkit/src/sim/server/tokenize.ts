import { z } from 'zod';
import { tokenIds } from '../model/tokenize.ts';
import { chatPrompt } from './chat-prompt.ts';
import { readMessages } from './message-text.ts';
import type { PlainCall } from './plain-call.ts';
import { parseFields } from './request-fields.ts';
import { sendJson } from './send.ts';

const fieldsOfTokenize = z.looseObject({ prompt: z.string().nullish(), messages: z.unknown().optional() });

/** `POST /tokenize`: token ids of a text, or of a conversation. */
export function tokenize({ body, response, context }: PlainCall): void {
  const { prompt, messages } = parseFields(fieldsOfTokenize, body);
  const tokens =
    prompt === undefined || prompt === null ? chatPrompt(readMessages(messages, 'messages')).tokens : tokenIds(prompt);
  sendJson(response, 200, {
    max_model_len: context.options.maxModelLen,
    count: tokens.length,
    tokens: [...tokens],
    token_strs: null,
  });
}

import { z } from 'zod';
import { ApiError } from './api-error.ts';
import { chatPrompt } from './chat-prompt.ts';
import { readPrompts } from './completions.ts';
import type { Prompt } from './generation-request.ts';
import { readMessages } from './message-text.ts';
import { parseFields } from './request-fields.ts';
import { sendJson } from './send.ts';
import type { SimCall } from './sim-call.ts';

const fieldsOfRender = z.looseObject({
  model: z.string().nullish(),
  prompt: z.unknown().optional(),
  messages: z.unknown().optional(),
});

/** `POST /v1/completions/render`: the token ids of each prompt. */
export function renderCompletion(call: SimCall): void {
  const fields = parseFields(fieldsOfRender, call.body);
  checkModel(fields.model, call);
  sendJson(call.response, 200, readPrompts(fields.prompt).map(rendered));
}

/** `POST /v1/chat/completions/render`: the token ids of the conversation. */
export function renderChat(call: SimCall): void {
  const fields = parseFields(fieldsOfRender, call.body);
  checkModel(fields.model, call);
  const messages = readMessages(fields.messages, 'messages');
  if (messages.length === 0) throw new ApiError(400, 'messages must not be empty');
  sendJson(call.response, 200, rendered(chatPrompt(messages)));
}

function rendered({ tokens }: Prompt): unknown {
  return { token_ids: [...tokens] };
}

function checkModel(model: string | null | undefined, { context }: SimCall): void {
  const { adapter } = context.models.find(model ?? '');
  if (adapter === undefined) return;
  throw new ApiError(400, `The model \`${adapter}\` is a LoRA adapter and is not supported by the render endpoints.`);
}

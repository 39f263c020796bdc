import { z } from 'zod';
import { answer } from './answer.ts';
import { ApiError } from './api-error.ts';
import { chatPrompt } from './chat-prompt.ts';
import { refusesAlways } from './force-threshold.ts';
import { MessageForm } from './message-form.ts';
import { contentText, readMessages } from './message-text.ts';
import { generationRequest, parseFields, sharedFields, wholeNumber } from './request-fields.ts';
import type { SimCall } from './sim-call.ts';
import { planToolCalls, type ToolChoice } from './tool-choice.ts';

const fieldsOfMessages = z.looseObject({
  ...sharedFields,
  messages: z.unknown().optional(),
  system: z.unknown().optional(),
  max_tokens: wholeNumber,
  stop_sequences: z.array(z.string()).nullish(),
  tools: z.array(z.looseObject({ name: z.string().min(1), input_schema: z.unknown().optional() })).nullish(),
  tool_choice: z.looseObject({ type: z.string(), name: z.string().nullish() }).nullish(),
});

type MessagesFields = z.output<typeof fieldsOfMessages>;

/** `POST /v1/messages`: Anthropic's API. */
export function messages(call: SimCall): void {
  const fields = parseFields(fieldsOfMessages, call.body);
  const conversation = readConversation(fields);
  if (fields.max_tokens === undefined || fields.max_tokens === null) throw new ApiError(400, 'max_tokens is required');
  const tools = (fields.tools ?? []).map(({ name, input_schema }) => ({ name, parameters: input_schema }));
  const request = generationRequest(
    fields,
    {
      prompts: [chatPrompt(conversation)],
      maxTokens: fields.max_tokens,
      stop: fields.stop_sequences,
      callTools: planToolCalls(tools, toolChoice(fields), endsWithResult(fields.messages), call.context),
      refusesAlways: refusesAlways(call.headers),
    },
    call.context,
  );
  const form = new MessageForm(request, call.id, request.prompts[0]!.tokens.length);
  answer(request, form, call.faults, call.response, call.context);
}

/** `POST /v1/messages/count_tokens`: how many tokens such a conversation has. */
export function countMessageTokens(body: unknown): unknown {
  const fields = parseFields(fieldsOfMessages, body);
  return { input_tokens: chatPrompt(readConversation(fields)).tokens.length };
}

function readConversation(fields: MessagesFields) {
  const conversation = readMessages(fields.messages, 'messages');
  if (conversation.length === 0) throw new ApiError(400, 'messages must not be empty');
  const system = contentText(fields.system);
  return system === '' ? conversation : [{ role: 'system', text: system }, ...conversation];
}

function toolChoice({ tool_choice: choice }: MessagesFields): ToolChoice {
  if (choice?.type === 'tool' && choice.name) return { kind: 'named', name: choice.name };
  if (choice?.type === 'any') return { kind: 'required' };
  return { kind: choice?.type === 'none' ? 'none' : 'auto' };
}

function endsWithResult(given: unknown): boolean {
  const last: unknown = Array.isArray(given) ? given.at(-1) : undefined;
  const content = (last as { content?: unknown } | undefined)?.content;
  return Array.isArray(content) && content.some((part: { type?: unknown } | null) => part?.type === 'tool_result');
}

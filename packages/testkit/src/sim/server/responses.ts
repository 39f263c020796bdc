import { z } from 'zod';
import type { ChatMessage } from '../model/chat-text.ts';
import { answer } from './answer.ts';
import { malformed } from './api-error.ts';
import { chatPrompt } from './chat-prompt.ts';
import { refusesAlways } from './force-threshold.ts';
import { readMessages } from './message-text.ts';
import { generationRequest, parseFields, sharedFields, wholeNumber } from './request-fields.ts';
import { ResponseForm } from './response-form.ts';
import type { SimCall } from './sim-call.ts';
import { openAiToolChoice, planToolCalls } from './tool-choice.ts';

const LOGPROBS = 'message.output_text.logprobs';

const fieldsOfResponses = z.looseObject({
  ...sharedFields,
  input: z.unknown().optional(),
  instructions: z.string().nullish(),
  max_output_tokens: wholeNumber,
  include: z.array(z.string()).nullish(),
  top_logprobs: wholeNumber,
  tools: z
    .array(z.looseObject({ type: z.string(), name: z.string().nullish(), parameters: z.unknown().optional() }))
    .nullish(),
  tool_choice: z.unknown().optional(),
});

/** `POST /v1/responses` */
export function responses(call: SimCall): void {
  const fields = parseFields(fieldsOfResponses, call.body);
  const input = readInput(fields.input);
  const conversation = fields.instructions ? [{ role: 'system', text: fields.instructions }, ...input] : input;
  const tools = (fields.tools ?? []).flatMap(({ type, name, parameters }) =>
    type === 'function' && name ? [{ name, parameters }] : [],
  );
  const request = generationRequest(
    fields,
    {
      prompts: [chatPrompt(conversation)],
      maxTokens: fields.max_output_tokens,
      callTools: planToolCalls(
        tools,
        openAiToolChoice(fields.tool_choice),
        conversation.at(-1)?.role === 'tool',
        call.context,
      ),
      refusesAlways: refusesAlways(call.headers),
    },
    call.context,
  );
  const form = new ResponseForm(request, {
    id: call.id,
    createdMs: call.context.clock.now(),
    logprobs: fields.include?.includes(LOGPROBS) ? (fields.top_logprobs ?? 0) : undefined,
  });
  answer(request, form, call.faults, call.response, call.context);
}

/** The input as a conversation: a text is one message of the user. @throws ApiError 400 */
function readInput(input: unknown): ChatMessage[] {
  if (input === undefined || input === null) throw malformed('input is required');
  if (typeof input === 'string') return [{ role: 'user', text: input }];
  if (!Array.isArray(input)) throw malformed('input must be a string or array');
  return readMessages(input.map(asMessage), 'input');
}

/** Calls of functions and their results are items of their own here. */
function asMessage(item: unknown): unknown {
  const { type, output, name, arguments: given } = (item ?? {}) as Record<string, unknown>;
  if (type === 'function_call_output') return { role: 'tool', content: output };
  if (type === 'function_call') return { role: 'assistant', content: JSON.stringify({ name, arguments: given }) };
  return item;
}

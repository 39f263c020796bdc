import { z } from 'zod';
import { answer } from './answer.ts';
import { ApiError } from './api-error.ts';
import { ChatForm } from './chat-form.ts';
import { chatPrompt } from './chat-prompt.ts';
import { refusesAlways } from './force-threshold.ts';
import { readMessages } from './message-text.ts';
import { generationRequest, parseFields, sharedFields, stopField, wholeNumber } from './request-fields.ts';
import type { SimCall } from './sim-call.ts';
import { openAiToolChoice, planToolCalls } from './tool-choice.ts';

const fieldsOfChat = z.looseObject({
  ...sharedFields,
  messages: z.unknown().optional(),
  max_tokens: wholeNumber,
  max_completion_tokens: wholeNumber,
  n: wholeNumber,
  stop: stopField,
  logprobs: z.boolean().nullish(),
  top_logprobs: wholeNumber,
  tools: z.array(z.looseObject({ function: z.unknown().optional() })).nullish(),
  tool_choice: z.unknown().optional(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
});

const fieldsOfFunction = z.looseObject({ name: z.string().min(1), parameters: z.unknown().optional() });

/** `POST /v1/chat/completions` */
export function chatCompletions(call: SimCall): void {
  const fields = parseFields(fieldsOfChat, call.body);
  const messages = readMessages(fields.messages, 'messages');
  const tools = (fields.tools ?? []).map(({ function: given }) => {
    const parsed = fieldsOfFunction.safeParse(given);
    if (!parsed.success) throw new ApiError(400, 'Tool validation failed: a function with a name was expected');
    return { name: parsed.data.name, parameters: parsed.data.parameters };
  });
  const request = generationRequest(
    fields,
    {
      prompts: [chatPrompt(messages)],
      copies: fields.n,
      maxTokens: fields.max_completion_tokens ?? fields.max_tokens,
      stop: fields.stop,
      callTools: planToolCalls(
        tools,
        openAiToolChoice(fields.tool_choice),
        messages.at(-1)?.role === 'tool',
        call.context,
      ),
      refusesAlways: refusesAlways(call.headers),
    },
    call.context,
  );
  const form = new ChatForm(request, {
    id: call.id,
    createdMs: call.context.clock.now(),
    includeUsage: fields.stream_options?.include_usage ?? false,
    logprobs: fields.logprobs ? (fields.top_logprobs ?? 0) : undefined,
  });
  answer(request, form, call.faults, call.response, call.context);
}

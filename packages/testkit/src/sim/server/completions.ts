import { z } from 'zod';
import { tokenIds, tokenTexts } from '../model/tokenize.ts';
import { answer } from './answer.ts';
import { ApiError, malformed } from './api-error.ts';
import { CompletionForm } from './completion-form.ts';
import { refusesAlways } from './force-threshold.ts';
import type { Prompt } from './generation-request.ts';
import { generationRequest, parseFields, sharedFields, stopField, wholeNumber } from './request-fields.ts';
import type { SimCall } from './sim-call.ts';

const fieldsOfCompletion = z.looseObject({
  ...sharedFields,
  prompt: z.unknown().optional(),
  max_tokens: wholeNumber,
  n: wholeNumber,
  stop: stopField,
  logprobs: wholeNumber,
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
});

/** `POST /v1/completions` */
export function completions(call: SimCall): void {
  const fields = parseFields(fieldsOfCompletion, call.body);
  const request = generationRequest(
    fields,
    {
      prompts: readPrompts(fields.prompt),
      copies: fields.n,
      maxTokens: fields.max_tokens,
      stop: fields.stop,
      refusesAlways: refusesAlways(call.headers),
    },
    call.context,
  );
  const form = new CompletionForm(request, {
    id: call.id,
    createdMs: call.context.clock.now(),
    includeUsage: fields.stream_options?.include_usage ?? false,
    logprobs: fields.logprobs ?? 0,
  });
  answer(request, form, call.faults, call.response, call.context);
}

/** A prompt is a text, a list of texts, token ids, or lists of token ids. @throws ApiError 400 */
export function readPrompts(prompt: unknown): Prompt[] {
  if (typeof prompt === 'string') return [textPrompt(prompt)];
  if (prompt === undefined || prompt === null || (Array.isArray(prompt) && prompt.length === 0)) {
    throw new ApiError(400, 'prompt array must contain at least one prompt');
  }
  if (Array.isArray(prompt)) {
    const list: readonly unknown[] = prompt;
    if (list.every((each) => typeof each === 'string')) return list.map(textPrompt);
    if (list.every(isTokenId)) return [idPrompt(list)];
    if (list.every(isTokenIds)) return list.map(idPrompt);
  }
  throw malformed(
    'prompt must be a string, an array of strings, an array of token ids, or an array of arrays of token ids',
  );
}

function textPrompt(text: string): Prompt {
  if (text === '') throw new ApiError(400, 'prompt must not contain an empty string');
  return { tokens: tokenIds(text), echo: () => tokenTexts(text) };
}

function idPrompt(ids: readonly number[]): Prompt {
  if (ids.length === 0) throw new ApiError(400, 'prompt must not contain an empty token-id array');
  const last = ids.length - 1;
  return { tokens: Uint32Array.from(ids), echo: () => ids.map((id, i) => (i === last ? `${id}` : `${id},`)) };
}

function isTokenIds(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(isTokenId);
}

function isTokenId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 32;
}

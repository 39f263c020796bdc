import type { AnswerForm, Choice, GenerationRequest, Usage } from './generation-request.ts';
import { tokenLogprob } from './logprobs.ts';
import { namedEvent } from './server-event.ts';
import { toolTokenAt } from './tool-tokens.ts';

/** What an answer of the responses API needs besides the request. */
export interface ResponseFormOptions {
  readonly id: string;
  readonly createdMs: number;
  /** Candidates shown with each token; undefined shows no log probabilities. */
  readonly logprobs: number | undefined;
}

/** Answers of `/v1/responses`. */
export class ResponseForm implements AnswerForm {
  readonly #request: GenerationRequest;
  readonly #options: ResponseFormOptions;
  readonly #itemId: string;
  #sequence = 0;

  constructor(request: GenerationRequest, options: ResponseFormOptions) {
    this.#request = request;
    this.#options = options;
    this.#itemId = `msg_${options.id}`;
  }

  start(choice: Choice): string {
    const response = this.#response('in_progress', []);
    const begin = this.#event('response.created', { response }) + this.#event('response.in_progress', { response });
    if (choice.toolCalls.length > 0) return begin;
    const item = { type: 'message', id: this.#itemId, role: 'assistant', status: 'in_progress', content: [] };
    const part = { type: 'output_text', text: '', annotations: [] };
    return (
      begin +
      this.#event('response.output_item.added', { output_index: 0, item }) +
      this.#event('response.content_part.added', { ...this.#place(), part })
    );
  }

  token(choice: Choice, index: number): string {
    const delta = choice.tokens[index]!;
    const tool = toolTokenAt(choice, index);
    if (!tool) {
      if (delta === '') return '';
      const logprobs = this.#logprobs(choice, index, 1);
      return this.#event('response.output_text.delta', { ...this.#place(), delta, logprobs: logprobs ?? [] });
    }
    const { call, callIndex: output_index, isFirst, isLast } = tool;
    const item_id = `fc_${call.id}`;
    const { arguments: given, ...started } = functionCall(choice, output_index, 'in_progress');
    let text = isFirst
      ? this.#event('response.output_item.added', { output_index, item: { ...started, arguments: '' } })
      : '';
    text += this.#event('response.function_call_arguments.delta', { item_id, output_index, delta });
    if (!isLast) return text;
    const done = { item_id, output_index, name: call.name, arguments: given };
    const item = functionCall(choice, output_index, 'completed');
    return (
      text +
      this.#event('response.function_call_arguments.done', done) +
      this.#event('response.output_item.done', { output_index, item })
    );
  }

  finish(choice: Choice): string {
    if (choice.toolCalls.length > 0) return '';
    const begin = choice.finishReason === 'cache_threshold' ? this.start(choice) : '';
    const part = this.#textPart(choice);
    return (
      begin +
      this.#event('response.output_text.done', { ...this.#place(), text: part.text, logprobs: part.logprobs ?? [] }) +
      this.#event('response.content_part.done', { ...this.#place(), part }) +
      this.#event('response.output_item.done', { output_index: 0, item: this.#message(choice) })
    );
  }

  end(choices: readonly Choice[], usage: Usage): string {
    const response = this.body(choices, usage);
    return this.#event(isCut(choices[0]!) ? 'response.incomplete' : 'response.completed', { response });
  }

  body(choices: readonly Choice[], usage: Usage): object {
    const choice = choices[0]!;
    const output =
      choice.toolCalls.length > 0
        ? choice.toolCalls.map((_, i) => functionCall(choice, i, 'completed'))
        : [this.#message(choice)];
    return {
      ...this.#response(isCut(choice) ? 'incomplete' : 'completed', output),
      ...(isCut(choice) ? { incomplete_details: { reason: 'max_output_tokens' } } : {}),
      usage: {
        input_tokens: usage.promptTokens,
        input_tokens_details: { cached_tokens: usage.cachedTokens ?? 0 },
        output_tokens: usage.outputTokens,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: usage.promptTokens + usage.outputTokens,
      },
    };
  }

  #response(status: string, output: readonly unknown[]) {
    return {
      id: `resp_${this.#options.id}`,
      model: this.#request.model,
      object: 'response',
      created_at: Math.floor(this.#options.createdMs / 1000),
      status,
      output,
      text: { format: { type: 'text' } },
    };
  }

  #message(choice: Choice) {
    const content = [this.#textPart(choice)];
    const status = isCut(choice) ? 'incomplete' : 'completed';
    return { type: 'message', id: this.#itemId, role: 'assistant', status, content };
  }

  #textPart(choice: Choice) {
    const logprobs = this.#logprobs(choice, 0, choice.tokens.length);
    const text = choice.finishReason === 'cache_threshold' ? '' : choice.tokens.join('');
    return { type: 'output_text', text, annotations: [], ...(logprobs ? { logprobs } : {}) };
  }

  #logprobs(choice: Choice, from: number, count: number): unknown[] | undefined {
    const { logprobs } = this.#options;
    if (logprobs === undefined) return undefined;
    return choice.tokens.slice(from, from + count).map((token, i) => tokenLogprob(token, from + i, logprobs));
  }

  #place() {
    return { item_id: this.#itemId, output_index: 0, content_index: 0 };
  }

  #event(type: string, members: object): string {
    return namedEvent(type, { sequence_number: this.#sequence++, ...members });
  }
}

function functionCall(choice: Choice, index: number, status: string) {
  const { id, name, argumentTokens } = choice.toolCalls[index]!;
  return {
    type: 'function_call',
    id: `fc_${id}`,
    call_id: `call_${id}`,
    name,
    arguments: argumentTokens.join(''),
    status,
  };
}

function isCut({ finishReason }: Choice): boolean {
  return finishReason === 'length';
}

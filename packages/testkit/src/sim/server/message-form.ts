import type { AnswerForm, Choice, FinishReason, GenerationRequest, Usage } from './generation-request.ts';
import { namedEvent } from './server-event.ts';
import { toolTokenAt } from './tool-tokens.ts';

/** Answers of `/v1/messages`. */
export class MessageForm implements AnswerForm {
  readonly #request: GenerationRequest;
  readonly #id: string;
  readonly #promptTokens: number;

  constructor(request: GenerationRequest, id: string, promptTokens: number) {
    this.#request = request;
    this.#id = id;
    this.#promptTokens = promptTokens;
  }

  start(choice: Choice): string {
    const message = {
      ...this.#head(),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: usageOf({ promptTokens: this.#promptTokens, outputTokens: 0, cachedTokens: 0 }),
    };
    const block = { index: 0, content_block: { type: 'text', text: '' } };
    const isText = choice.toolCalls.length === 0 && choice.tokens.length > 0;
    return namedEvent('message_start', { message }) + (isText ? namedEvent('content_block_start', block) : '');
  }

  token(choice: Choice, index: number): string {
    const text = choice.tokens[index]!;
    const tool = toolTokenAt(choice, index);
    if (!tool) {
      return text === '' ? '' : namedEvent('content_block_delta', { index: 0, delta: { type: 'text_delta', text } });
    }
    const { call, callIndex, isFirst, isLast } = tool;
    const block = { type: 'tool_use', id: toolUseId(call.id), name: call.name, input: {} };
    return (
      (isFirst ? namedEvent('content_block_start', { index: callIndex, content_block: block }) : '') +
      namedEvent('content_block_delta', { index: callIndex, delta: { type: 'input_json_delta', partial_json: text } }) +
      (isLast ? namedEvent('content_block_stop', { index: callIndex }) : '')
    );
  }

  finish(choice: Choice): string {
    if (choice.finishReason === 'cache_threshold') return this.start({ ...choice, tokens: [] });
    return choice.toolCalls.length === 0 && choice.tokens.length > 0
      ? namedEvent('content_block_stop', { index: 0 })
      : '';
  }

  end(choices: readonly Choice[], usage: Usage): string {
    return (
      namedEvent('message_delta', { delta: stopOf(choices[0]!), usage: usageOf(usage) }) +
      namedEvent('message_stop', {})
    );
  }

  body(choices: readonly Choice[], usage: Usage): unknown {
    const choice = choices[0]!;
    return { ...this.#head(), content: contentOf(choice), ...stopOf(choice), usage: usageOf(usage) };
  }

  #head() {
    return { id: `msg_${this.#id}`, type: 'message', role: 'assistant', model: this.#request.model };
  }
}

function contentOf(choice: Choice): unknown[] {
  if (choice.finishReason === 'cache_threshold') return [];
  if (choice.toolCalls.length === 0) return [{ type: 'text', text: choice.tokens.join('') }];
  return choice.toolCalls.map((call) => ({
    type: 'tool_use',
    id: toolUseId(call.id),
    name: call.name,
    input: JSON.parse(call.argumentTokens.join('')) as unknown,
  }));
}

function stopOf({ finishReason, stoppedBy }: Choice) {
  return {
    stop_reason: stoppedBy === undefined ? stopReason(finishReason) : 'stop_sequence',
    stop_sequence: stoppedBy ?? null,
  };
}

function stopReason(reason: FinishReason): string {
  switch (reason) {
    case 'stop':
      return 'end_turn';
    case 'length':
      return 'max_tokens';
    case 'tool_calls':
      return 'tool_use';
    default:
      return reason;
  }
}

/** The prompt counts in full, whatever is cached, as vLLM does it. */
function usageOf({ promptTokens, outputTokens, cachedTokens = 0 }: Usage): unknown {
  return {
    input_tokens: promptTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cachedTokens,
    output_tokens: outputTokens,
  };
}

function toolUseId(id: string): string {
  return `toolu_${id}`;
}

import type { AnswerForm, Choice, GenerationRequest, Usage } from './generation-request.ts';
import { REMOTE_PREFILL } from './kv-transfer.ts';
import { tokenLogprob } from './logprobs.ts';
import { openAiUsage } from './open-ai-usage.ts';
import { toolTokenAt } from './tool-tokens.ts';

/** What a chat answer needs besides the request. */
export interface ChatFormOptions {
  readonly id: string;
  readonly createdMs: number;
  readonly includeUsage: boolean;
  /** Candidates shown with each token; undefined shows no log probabilities. */
  readonly logprobs: number | undefined;
}

/** Answers of `/v1/chat/completions`. */
export class ChatForm implements AnswerForm {
  readonly #request: GenerationRequest;
  readonly #options: ChatFormOptions;
  readonly #created: number;
  /** What is the same in every event. */
  readonly #head: string;

  constructor(request: GenerationRequest, options: ChatFormOptions) {
    this.#request = request;
    this.#options = options;
    this.#created = Math.floor(options.createdMs / 1000);
    this.#head = JSON.stringify(this.#members('chat.completion.chunk')).slice(0, -1);
  }

  start(choice: Choice): string {
    return this.#event(choice, null, { role: 'assistant' });
  }

  token(choice: Choice, index: number): string {
    const text = choice.tokens[index]!;
    const tool = toolTokenAt(choice, index);
    if (tool) {
      const { call, callIndex, isFirst } = tool;
      const isLast = index === choice.tokens.length - 1;
      return this.#event(choice, isLast ? choice.finishReason : null, {
        tool_calls: [
          {
            function: { name: isFirst ? call.name : null, arguments: text },
            id: toolCallId(call.id),
            type: 'function',
            index: callIndex,
          },
        ],
      });
    }
    return text === '' ? '' : this.#event(choice, null, { content: text }, this.#logprobs(choice, index, 1));
  }

  finish(choice: Choice): string {
    // With tool calls the last token carries the reason.
    return choice.finishReason === 'tool_calls' ? '' : this.#event(choice, choice.finishReason, {});
  }

  end(_choices: readonly Choice[], usage: Usage): string {
    const { includeUsage } = this.#options;
    const last = includeUsage
      ? `data: ${this.#head},"usage":${JSON.stringify(openAiUsage(usage))},"choices":[]}\n\n`
      : '';
    return `${last}data: [DONE]\n\n`;
  }

  body(choices: readonly Choice[], usage: Usage): unknown {
    return {
      ...this.#members('chat.completion'),
      ...(this.#request.remoteDecode ? { kv_transfer_params: REMOTE_PREFILL } : {}),
      usage: openAiUsage(usage),
      choices: choices.map((choice) => ({
        index: choice.index,
        finish_reason: choice.finishReason,
        message: { role: 'assistant', ...messageContent(choice) },
        ...this.#logprobs(choice, 0, choice.tokens.length),
      })),
    };
  }

  #members(object: string) {
    return { id: `chatcmpl-${this.#options.id}`, model: this.#request.model, object, created: this.#created };
  }

  #event(choice: Choice, finishReason: string | null, delta: object, logprobs: object = {}): string {
    const choices = JSON.stringify([{ index: choice.index, finish_reason: finishReason, delta, ...logprobs }]);
    return `data: ${this.#head},"usage":null,"choices":${choices}}\n\n`;
  }

  #logprobs(choice: Choice, from: number, count: number): { logprobs?: unknown } {
    const { logprobs } = this.#options;
    if (logprobs === undefined || choice.toolCalls.length > 0) return {};
    const tokens = choice.tokens.slice(from, from + count);
    return { logprobs: { content: tokens.map((token, i) => tokenLogprob(token, from + i, logprobs)) } };
  }
}

function messageContent(choice: Choice): object {
  if (choice.finishReason === 'cache_threshold') return {};
  if (choice.toolCalls.length === 0) {
    const content = choice.tokens.join('');
    return content === '' ? {} : { content };
  }
  return {
    tool_calls: choice.toolCalls.map((call, index) => ({
      function: { name: call.name, arguments: call.argumentTokens.join('') },
      id: toolCallId(call.id),
      type: 'function',
      index,
    })),
  };
}

function toolCallId(id: string): string {
  return `chatcmpl-tool-${id}`;
}

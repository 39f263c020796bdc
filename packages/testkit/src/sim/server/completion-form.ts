import type { AnswerForm, Choice, GenerationRequest, Usage } from './generation-request.ts';
import { REMOTE_PREFILL } from './kv-transfer.ts';
import { alternatives, logprobOf } from './logprobs.ts';
import { openAiUsage } from './open-ai-usage.ts';

/** What a completion needs besides the request. */
export interface FormOptions {
  readonly id: string;
  readonly createdMs: number;
  readonly includeUsage: boolean;
  /** How many candidates are shown with each token; 0 for none. */
  readonly logprobs: number;
}

/** Answers of `/v1/completions`. */
export class CompletionForm implements AnswerForm {
  readonly #options: FormOptions;
  readonly #request: GenerationRequest;
  readonly #created: number;
  /** What is the same in every event of a prompt. */
  readonly #heads: readonly string[];

  constructor(request: GenerationRequest, options: FormOptions) {
    this.#options = options;
    this.#request = request;
    this.#created = Math.floor(options.createdMs / 1000);
    this.#heads = request.prompts.map((_, i) => JSON.stringify(this.#head(i)).slice(0, -1));
  }

  start(): string {
    return '';
  }

  token(choice: Choice, index: number): string {
    const text = choice.tokens[index]!;
    if (text === '') return '';
    const logprobs =
      this.#options.logprobs > 0 ? `,"logprobs":${JSON.stringify(this.#logprobs(choice, index, 1))}` : '';
    return this.#event(choice, `"finish_reason":null,"text":${JSON.stringify(text)}${logprobs}`);
  }

  finish(choice: Choice): string {
    return this.#event(choice, `"finish_reason":"${choice.finishReason}","text":""`);
  }

  end(_choices: readonly Choice[], usage: Usage): string {
    const { includeUsage } = this.#options;
    const last = includeUsage
      ? `data: ${this.#heads[0]},"usage":${JSON.stringify(openAiUsage(usage))},"choices":[]}\n\n`
      : '';
    return `${last}data: [DONE]\n\n`;
  }

  body(choices: readonly Choice[], usage: Usage): unknown {
    return {
      ...this.#head(0),
      ...(this.#request.remoteDecode ? { kv_transfer_params: REMOTE_PREFILL } : {}),
      usage: openAiUsage(usage),
      choices: choices.map((choice) => ({
        index: choice.index,
        finish_reason: choice.finishReason,
        text: choice.finishReason === 'cache_threshold' ? '' : choice.tokens.join(''),
        ...(this.#options.logprobs > 0 ? { logprobs: this.#logprobs(choice, 0, choice.tokens.length) } : {}),
      })),
    };
  }

  #head(promptIndex: number) {
    return {
      id: `cmpl-${this.#options.id}-${promptIndex}`,
      model: this.#request.model,
      object: 'text_completion',
      created: this.#created,
    };
  }

  #event(choice: Choice, members: string): string {
    return `data: ${this.#heads[choice.promptIndex]},"usage":null,"choices":[{"index":${choice.index},${members}}]}\n\n`;
  }

  #logprobs(choice: Choice, from: number, count: number): unknown {
    const tokens = choice.tokens.slice(from, from + count);
    let offset = choice.tokens.slice(0, from).reduce((sum, token) => sum + token.length, 0);
    return {
      tokens,
      token_logprobs: tokens.map((_, i) => logprobOf(from + i)),
      top_logprobs: tokens.map((token, i) =>
        Object.fromEntries(
          alternatives(token, from + i, this.#options.logprobs).map((each) => [each.token, each.logprob]),
        ),
      ),
      text_offset: tokens.map((token) => {
        const start = offset;
        offset += token.length;
        return start;
      }),
    };
  }
}

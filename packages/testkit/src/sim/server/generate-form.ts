import { tokenIds } from '../model/tokenize.ts';
import type { AnswerForm, Choice, GenerationRequest, Usage } from './generation-request.ts';
import { REMOTE_PREFILL } from './kv-transfer.ts';
import { openAiUsage } from './open-ai-usage.ts';

/** Answers of `/inference/v1/generate`. */
export class GenerateForm implements AnswerForm {
  readonly #request: GenerationRequest;
  readonly #id: string;
  readonly #includeUsage: boolean;

  constructor(request: GenerationRequest, id: string, includeUsage: boolean) {
    this.#request = request;
    this.#id = id;
    this.#includeUsage = includeUsage;
  }

  start(): string {
    return '';
  }

  token(choice: Choice, index: number): string {
    // The last token carries the reason.
    const reason = index === choice.tokens.length - 1 ? choice.finishReason : null;
    return this.#event(choice, reason, idsOf([choice.tokens[index]!]));
  }

  finish(choice: Choice): string {
    const isTold = choice.tokens.length > 0 && choice.finishReason !== 'cache_threshold';
    return isTold ? '' : this.#event(choice, choice.finishReason, []);
  }

  end(_choices: readonly Choice[], usage: Usage): string {
    const last = { request_id: this.#id, choices: [], usage: openAiUsage(usage) };
    return `${this.#includeUsage ? `data: ${JSON.stringify(last)}\n\n` : ''}data: [DONE]\n\n`;
  }

  body(choices: readonly Choice[]): unknown {
    return {
      choices: choices.map((choice) => ({
        index: choice.index,
        finish_reason: choice.finishReason,
        token_ids: choice.finishReason === 'cache_threshold' ? [] : idsOf(choice.tokens),
      })),
      request_id: this.#id,
      ec_transfer_params: null,
      ...(this.#request.remoteDecode ? { kv_transfer_params: REMOTE_PREFILL } : {}),
    };
  }

  #event(choice: Choice, finishReason: string | null, ids: readonly number[]): string {
    const choices = [{ index: choice.index, finish_reason: finishReason, token_ids: ids }];
    return `data: ${JSON.stringify({ request_id: this.#id, choices })}\n\n`;
  }
}

/** Ids that were echoed are written as numbers; other text has the ids of its tokens. */
function idsOf(texts: readonly string[]): number[] {
  return texts.flatMap((text) => (/^\d+,?$/.test(text) ? [Number.parseInt(text, 10)] : [...tokenIds(text)]));
}

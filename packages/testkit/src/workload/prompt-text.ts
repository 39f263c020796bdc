import { TRACE_BLOCK_TOKENS, type TraceRequest } from './trace.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
/** A three-letter word and a space: one token for a simulated model server, and one for an estimate of 4 bytes a token. */
const WORD_BYTES = 4;

/** Writes prompts for the blocks of a trace: equal blocks give equal text, so caches see the reuse that was recorded. */
export class PromptWriter {
  readonly #blocks = new Map<number, string>();

  /** Text of as many tokens as the request had. */
  write(request: TraceRequest): string {
    const text = request.blocks.map((block) => this.#block(block)).join('');
    return text.slice(0, request.promptTokens * WORD_BYTES);
  }

  #block(id: number): string {
    let text = this.#blocks.get(id);
    if (text === undefined) {
      text = blockText(id);
      this.#blocks.set(id, text);
    }
    return text;
  }
}

function blockText(id: number): string {
  // A linear congruential generator is random enough for words.
  let state = (Math.imul(id + 1, 0x9e3779b1) ^ 0x85ebca6b) >>> 0;
  let text = '';
  for (let i = 0; i < TRACE_BLOCK_TOKENS; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const a = LETTERS[(state >>> 8) % 26]!;
    const b = LETTERS[(state >>> 14) % 26]!;
    const c = LETTERS[(state >>> 20) % 26]!;
    text += `${a}${b}${c} `;
  }
  return text;
}

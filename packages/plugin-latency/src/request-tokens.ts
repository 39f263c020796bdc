import type { CandidateColumn, CandidateRecords, Cycle, TokenizedPrompt } from '@pointsman/core';
import { realCount } from './real-count.ts';

interface Columns {
  readonly prompt: { of(cycle: Cycle): TokenizedPrompt | undefined };
  readonly match: CandidateColumn<CandidateRecords<'matchBlocks' | 'blockSizeTokens'>>;
  readonly uncached: CandidateColumn<CandidateRecords<'tokens'>>;
}

/**
 * Prompt tokens of one request, and how many of them each endpoint would have to compute: the prompt less the blocks that
 * the endpoint has cached; or what an `inflight-load-producer` says; or as many as requests have on average.
 */
export class RequestTokens {
  /** Tokens of the prompt; 0 when nobody counted. */
  readonly prompt: number;
  readonly #isCounted: boolean;
  readonly #match: CandidateRecords<'matchBlocks' | 'blockSizeTokens'> | undefined;
  readonly #uncached: CandidateRecords<'tokens'> | undefined;
  readonly #usual: number;

  constructor(columns: Columns, cycle: Cycle, usual: number) {
    const prompts = columns.prompt.of(cycle)?.prompts ?? [];
    let tokens = 0;
    for (const { count } of prompts) tokens += realCount(count);
    this.prompt = tokens;
    this.#isCounted = prompts.length > 0;
    this.#match = this.#isCounted ? columns.match.of(cycle) : undefined;
    this.#uncached = this.#isCounted ? undefined : columns.uncached.of(cycle);
    this.#usual = realCount(usual);
  }

  uncachedOn(row: number): number {
    const match = this.#match;
    if (match?.has(row) === true) {
      const cached = match.fields.matchBlocks[row]! * match.fields.blockSizeTokens[row]!;
      return Math.max(0, this.prompt - realCount(cached));
    }
    if (this.#isCounted) return this.prompt;
    const uncached = this.#uncached;
    return uncached?.has(row) === true ? realCount(uncached.fields.tokens[row]!) : this.#usual;
  }
}

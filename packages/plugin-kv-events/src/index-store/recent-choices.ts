import type { BlockIndex } from './block-index.ts';
import type { EngineCache } from './engine-cache.ts';
import { SPECULATIVE, type Tiers } from './tiers.ts';

/** A prompt that an endpoint was chosen for a short time ago. */
interface Choice {
  readonly words: Int32Array;
  readonly start: number;
  readonly end: number;
  readonly cache: EngineCache;
  /** The endpoint's column when it was chosen: another one since means that everything was forgotten. */
  readonly column: number;
  readonly expiresAt: number;
}

/**
 * Has endpoints count as having the prompts that they were just chosen for, until their own events say so: else a burst of equal
 * prompts is spread before the first event comes. Each choice counts for a time, by itself.
 */
export class RecentChoices {
  readonly #index: BlockIndex;
  readonly #tiers: Tiers;
  /** Oldest first. */
  #choices: Choice[] = [];
  #first = 0;

  constructor(index: BlockIndex, tiers: Tiers) {
    this.#index = index;
    this.#tiers = tiers;
  }

  /** Notes that the endpoint gets the prompt with the keys from `start` to `end`, until some time. */
  add(words: Int32Array, start: number, end: number, cache: EngineCache, expiresAt: number): void {
    const tier = this.#tiers.numberOf(SPECULATIVE);
    if (end === start || tier < 0) return;
    for (let i = start; i < end; i++) this.#index.add(words[2 * i]!, words[2 * i + 1]!, cache.column, tier);
    this.#choices.push({ words, start, end, cache, column: cache.column, expiresAt });
  }

  /** Forgets the choices whose time is over. */
  expire(now: number): void {
    if (this.#choices.length === 0) return;
    const tier = this.#tiers.numberOf(SPECULATIVE);
    while (this.#first < this.#choices.length && this.#choices[this.#first]!.expiresAt <= now) {
      const { words, end, start, cache, column } = this.#choices[this.#first++]!;
      if (cache.column !== column) continue;
      // Chains that have a key in common have all keys before it in common: later choices keep a beginning.
      let kept = 0;
      for (let i = this.#first; i < this.#choices.length && start + kept < end; i++) {
        const other = this.#choices[i]!;
        if (other.column === column) kept = Math.max(kept, commonKeys(words, start, end, other));
      }
      for (let i = start + kept; i < end; i++) {
        this.#index.remove(words[2 * i]!, words[2 * i + 1]!, column, tier);
      }
    }
    if (this.#first === this.#choices.length || (this.#first > 64 && 2 * this.#first > this.#choices.length)) {
      this.#choices = this.#choices.slice(this.#first);
      this.#first = 0;
    }
  }
}

function commonKeys(words: Int32Array, start: number, end: number, other: Choice): number {
  let low = 0;
  let high = Math.min(end - start, other.end - other.start);
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    const a = 2 * (start + middle - 1);
    const b = 2 * (other.start + middle - 1);
    if (words[a] === other.words[b] && words[a + 1] === other.words[b + 1]) low = middle;
    else high = middle - 1;
  }
  return low;
}

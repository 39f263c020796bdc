import { loadFactor, prefillMs, scaled, wholeMs } from './latency.ts';
import type { SequenceState } from './sequence-state.ts';
import type { Speed } from './speed.ts';

interface Chunk {
  readonly sequence: SequenceState;
  readonly tokens: number;
  readonly admission: number;
}

/**
 * The prompts that are computed at the moment. Prompts share the engine: a step takes chunks of them in the order of
 * admission until its token budget is used up, and lasts as long as all its chunks together. A prompt that is alone takes
 * exactly the time of the formula, however many chunks it needs.
 */
export class PrefillStep {
  /** When the current step ends; infinite when there is none. */
  endMs = Number.POSITIVE_INFINITY;
  /** Prompt tokens in the current step. */
  tokens = 0;
  #chunks: Chunk[] = [];
  // Work since the engine last finished a prompt. Only its sum is cut to whole milliseconds, not every chunk.
  #workStart = 0;
  #workMs = 0;
  #lastEndMs = Number.NaN;

  get isIdle(): boolean {
    return this.#chunks.length === 0;
  }

  /** @param running all sequences in the order of admission, `active` of which run */
  begin(
    running: readonly SequenceState[],
    active: number,
    budget: number,
    slots: number,
    speed: Speed,
    nowMs: number,
  ): void {
    const load = loadFactor(speed.timeFactorUnderLoad, active, slots);
    let prompts = 0;
    for (const sequence of running) if (sequence.phase === 'prefill') prompts++;
    if (prompts === 0) return;
    let left = budget - (active - prompts);
    let work = 0;
    let overhead = 0;
    let completes = false;
    for (const sequence of running) {
      if (sequence.phase !== 'prefill') continue;
      const missing = sequence.prefillTokens - sequence.prefilled;
      const tokens = Math.min(missing, left);
      if (tokens === 0 && missing > 0) break;
      left -= tokens;
      const factor = sequence.jitter * sequence.slowdown;
      if (sequence.prefilled === 0) overhead = Math.max(overhead, scaled(speed.prefillOverheadMs, load) * factor);
      work += prefillMs(speed, tokens, load, false) * factor;
      completes ||= tokens === missing;
      this.tokens += tokens;
      this.#chunks.push({ sequence, tokens, admission: sequence.admissions });
    }
    if (this.#workMs === 0 || nowMs !== this.#lastEndMs) {
      this.#workStart = nowMs;
      this.#workMs = 0;
    }
    this.#workMs += work + overhead;
    if (completes) {
      this.endMs = this.#workStart + wholeMs(this.#workMs);
      this.#workMs = 0;
    } else {
      this.endMs = this.#workStart + this.#workMs;
    }
    this.#lastEndMs = this.endMs;
  }

  /** The step is over: its chunks count as computed. Sequences that left meanwhile are skipped. */
  end(): void {
    for (const { sequence, tokens, admission } of this.#chunks) {
      if (sequence.phase !== 'prefill' || sequence.admissions !== admission) continue;
      sequence.prefilled += tokens;
      if (sequence.prefilled < sequence.prefillTokens) continue;
      sequence.phase = 'timed';
      sequence.dueMs = this.endMs;
    }
    this.reset();
  }

  reset(): void {
    this.#chunks = [];
    this.tokens = 0;
    this.endMs = Number.POSITIVE_INFINITY;
  }
}

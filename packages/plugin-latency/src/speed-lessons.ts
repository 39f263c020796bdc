import type { Endpoint, NumberColumn, Usage } from '@pointsman/core';
import type { CallTiming } from './call-timing.ts';
import type { LatencyEstimate } from './latency-estimate.ts';
import { PrefillStretch } from './prefill-stretch.ts';
import { realCount } from './real-count.ts';
import type { Lesson } from './speed-fit.ts';
import type { SpeedStore } from './speed-store.ts';

/** So many intervals between tokens say all that one request can say. */
const FULL_WEIGHT_INTERVALS = 32;
/** After so long without a sample, in milliseconds, the next one is trusted whatever it says. */
export const SILENCE_MS = 30_000;

/** Told of every sample that was taken. */
export type OnLesson = (endpoint: Endpoint, of: 'prefill' | 'decode', lesson: Lesson) => void;

/**
 * Learns from the course of requests. A prompt's time is counted from when the engine was free for it: its own arrival,
 * or the first token before it. So waiting for other prompts is not taken for slowness, and requests that waited for a
 * place to run teach nothing of prefill. Only requests that ended well teach.
 */
export class SpeedLessons {
  readonly #store: SpeedStore;
  readonly #estimate: LatencyEstimate;
  readonly #running: NumberColumn;
  readonly #memory: number;
  readonly #onLesson: OnLesson;

  /** @param running requests that the model servers say they run */
  constructor(store: SpeedStore, estimate: LatencyEstimate, running: NumberColumn, memory: number, onLesson: OnLesson) {
    this.#store = store;
    this.#estimate = estimate;
    this.#running = running;
    this.#memory = memory;
    this.#onLesson = onLesson;
  }

  /** @param isStreamed false: nobody will know when the first token came, so it counts as running from the start */
  begin(call: CallTiming, isStreamed: boolean): void {
    const { work } = this.#store;
    if (isStreamed) {
      if (this.#store.holds(call.prefiller)) work.beginPrompt(call.prefiller.row, call.uncachedTokens, call.arrivedAt);
    } else {
      call.phase = 'running';
      if (this.#store.holds(call.generator)) work.beginRunning(call.generator.row, call.arrivedAt);
    }
  }

  firstToken(call: CallTiming, at: number): void {
    if (call.phase !== 'prompt') return;
    const { work } = this.#store;
    call.phase = 'running';
    call.firstTokenAt = at;
    if (this.#store.holds(call.prefiller)) {
      this.#stretch(call, at);
      work.endPrompt(call.prefiller.row, call.uncachedTokens, true, at);
      // With nothing left to compute, the next prompt begins a stretch of its own.
      if (work.prompts[call.prefiller.row] === 0) call.stretch?.seal();
    }
    if (this.#store.holds(call.generator)) {
      work.beginRunning(call.generator.row, at);
      call.firstTokenArea = work.runningArea(call.generator.row, at);
    }
  }

  #stretch(call: CallTiming, at: number): void {
    const { work, stretches } = this.#store;
    const { row } = call.prefiller;
    const isDisturbed = work.isDisturbed(row);
    let stretch = stretches[row];
    if (isDisturbed || stretch?.takes(call.arrivedAt, at) !== true) {
      if (stretch !== undefined) {
        stretch.seal();
        this.#learnPrefill(call.prefiller, stretch, at);
      }
      stretch = isDisturbed ? undefined : new PrefillStretch(work.freeSince(row, call.arrivedAt));
      stretches[row] = stretch;
    }
    stretch?.add(call.uncachedTokens, call.waitingBefore, at);
    call.stretch = stretch;
  }

  /** So many tokens so far. */
  tokens(call: CallTiming, outputTokens: number, at: number): void {
    call.outputTokens = outputTokens;
    this.#lastToken(call, at);
  }

  /** All of the response is there. */
  complete(call: CallTiming, usage: Usage | undefined, at: number): void {
    if (usage !== undefined) call.outputTokens = usage.outputTokens;
    this.#lastToken(call, at);
  }

  #lastToken(call: CallTiming, at: number): void {
    if (call.phase !== 'running') return;
    call.lastTokenAt = at;
    if (this.#store.holds(call.generator)) call.lastTokenArea = this.#store.work.runningArea(call.generator.row, at);
  }

  /** It is over on this endpoint, however it went. */
  leave(call: CallTiming, now: number): void {
    const { phase, prefiller, generator } = call;
    const { work } = this.#store;
    if (phase === 'running' && Number.isNaN(call.lastTokenAt)) this.#lastToken(call, now);
    call.phase = 'left';
    if (phase === 'prompt' && this.#store.holds(prefiller)) {
      work.endPrompt(prefiller.row, call.uncachedTokens, false, now);
    } else if (phase === 'running' && this.#store.holds(generator)) {
      work.endRunning(generator.row, now);
    }
  }

  /** It has ended. Teaches when it ended well. */
  end(call: CallTiming, isGood: boolean, usage: Usage | undefined, now: number): void {
    if (usage !== undefined) call.outputTokens = usage.outputTokens;
    const computed = computedTokens(call, usage);
    if (call.stretch !== undefined) {
      call.stretch.end(isGood, computed - call.uncachedTokens);
      this.#learnPrefill(call.prefiller, call.stretch, now);
    }
    if (!isGood) return;
    if (call.outputTokens > 0) this.#store.outputTokens.add(call.outputTokens);
    this.#store.uncachedTokens.add(computed);
    if (!Number.isNaN(call.firstTokenAt)) this.#learnDecode(call, now);
  }

  #learnPrefill(endpoint: Endpoint, stretch: PrefillStretch, now: number): void {
    if (!stretch.takeLesson() || !this.#store.holds(endpoint)) return;
    const { row } = endpoint;
    const { prefill } = this.#store;
    const { steps } = stretch;
    const tokens = stretch.tokens / steps;
    if (this.#estimate.isQueueBound(row, tokens, stretch.waiting)) return;
    const trust = prefill.silence(row, now) > SILENCE_MS;
    this.#took(endpoint, 'prefill', prefill.learn(row, tokens, stretch.ms / steps, 1, this.#memory, trust, now));
  }

  #learnDecode(call: CallTiming, now: number): void {
    const { generator } = call;
    const elapsed = call.lastTokenAt - call.firstTokenAt;
    const intervals = call.outputTokens - 1;
    if (!(elapsed > 0 && intervals > 0) || !this.#store.holds(generator)) return;
    const { row } = generator;
    const { decode } = this.#store;
    const average = (call.lastTokenArea - call.firstTokenArea) / elapsed;
    const running = Math.max(1, average, realCount(this.#running.values[row]!));
    const weight = Math.min(1, intervals / FULL_WEIGHT_INTERVALS);
    const trust = decode.silence(row, now) > SILENCE_MS;
    const lesson = decode.learn(row, running, elapsed / intervals, weight, this.#memory, trust, now);
    this.#took(generator, 'decode', lesson);
  }

  #took(endpoint: Endpoint, of: 'prefill' | 'decode', lesson: Lesson): void {
    if (lesson === 'unusable') return;
    this.#store.lessons++;
    this.#onLesson(endpoint, of, lesson);
  }
}

/**
 * Prompt tokens that were computed, in the unit in which they were counted before: an estimate of tokens stays one, less
 * the share that the model server says it had cached.
 */
function computedTokens(call: CallTiming, usage: Usage | undefined): number {
  const reported = usage?.promptTokens ?? 0;
  if (!(reported > 0)) return call.uncachedTokens;
  if (usage?.cachedTokens === undefined) return call.promptTokens > 0 ? call.uncachedTokens : reported;
  const share = Math.min(1, Math.max(0, 1 - usage.cachedTokens / reported));
  return (call.promptTokens > 0 ? call.promptTokens : reported) * (Number.isNaN(share) ? 1 : share);
}

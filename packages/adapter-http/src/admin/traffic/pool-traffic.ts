import type { EndedRequest } from './ended-request.ts';
import { binOf, HISTOGRAM_BINS, quantileOf } from './latency-histogram.ts';
import { TimeBuckets } from './time-buckets.ts';

const SPAN_MS = 2_000;
const SPANS = 150;
const FIELDS = ['placed', 'failed', 'promptTokens', 'cachedTokens', 'outputTokens'] as const;
type Field = (typeof FIELDS)[number];

/** What happened in a pool during one span of time. Rates are per second. */
export interface TrafficPoint {
  /** Begin of the span, in milliseconds since the epoch. */
  readonly at: number;
  readonly requestsPerSecond: number;
  readonly failedPerSecond: number;
  readonly outputTokensPerSecond: number;
  /** Prompt tokens of requests whose model server said how many were cached, and those cached ones. */
  readonly promptTokens: number;
  readonly cachedTokens: number;
  /** Prompt tokens that came from the prefix cache, 0..1; null when no model server reported any. */
  readonly hitRate: number | null;
  /** Milliseconds from the decision to the first token; null without requests. */
  readonly ttftP50Ms: number | null;
  readonly ttftP95Ms: number | null;
}

/** Requests of one pool over the last five minutes, in a fixed amount of memory. */
export class PoolTraffic {
  readonly #buckets = new TimeBuckets<Field>(SPAN_MS, SPANS, FIELDS);
  readonly #firstTokens = new Uint32Array(SPANS * HISTOGRAM_BINS);

  placed(now: number): void {
    this.#add(now, 'placed', 1);
  }

  rejected(now: number): void {
    this.#add(now, 'placed', 1);
    this.#add(now, 'failed', 1);
  }

  ended(now: number, request: EndedRequest): void {
    this.#advance(now);
    if (request.isFailed) this.#add(now, 'failed', 1);
    this.#add(now, 'outputTokens', request.outputTokens);
    if (request.cachedTokens !== undefined) {
      this.#add(now, 'promptTokens', request.promptTokens);
      this.#add(now, 'cachedTokens', request.cachedTokens);
    }
    if (request.firstTokenMs === undefined) return;
    const index = this.#buckets.slotOf(this.#buckets.newest) * HISTOGRAM_BINS + binOf(request.firstTokenMs);
    this.#firstTokens[index] = this.#firstTokens[index]! + 1;
  }

  /** The last `count` spans, oldest first. The newest is still being filled. */
  points(now: number, count: number = SPANS): readonly TrafficPoint[] {
    this.#advance(now);
    const { newest } = this.#buckets;
    const wanted = Math.min(count, SPANS);
    return Array.from({ length: wanted }, (_, i) => this.#point(newest - wanted + 1 + i, now));
  }

  #point(span: number, now: number): TrafficPoint {
    const buckets = this.#buckets;
    const at = span * SPAN_MS;
    // The newest span is not over yet: its rates are over the time that has passed.
    const seconds = Math.max(0.25, Math.min(SPAN_MS, now - at) / 1000);
    const slot = buckets.slotOf(span);
    const firstTokens = this.#firstTokens.subarray(slot * HISTOGRAM_BINS, (slot + 1) * HISTOGRAM_BINS);
    const promptTokens = buckets.at(span, 'promptTokens');
    const cachedTokens = buckets.at(span, 'cachedTokens');
    return {
      at,
      requestsPerSecond: buckets.at(span, 'placed') / seconds,
      failedPerSecond: buckets.at(span, 'failed') / seconds,
      outputTokensPerSecond: buckets.at(span, 'outputTokens') / seconds,
      promptTokens,
      cachedTokens,
      hitRate: promptTokens === 0 ? null : cachedTokens / promptTokens,
      ttftP50Ms: quantileOf(firstTokens, 0.5),
      ttftP95Ms: quantileOf(firstTokens, 0.95),
    };
  }

  #add(now: number, field: Field, amount: number): void {
    this.#advance(now);
    this.#buckets.add(now, field, amount);
  }

  #advance(now: number): void {
    const begun = Math.min(this.#buckets.advance(now), SPANS);
    for (let i = 0; i < begun; i++) {
      const slot = this.#buckets.slotOf(this.#buckets.newest - i);
      this.#firstTokens.fill(0, slot * HISTOGRAM_BINS, (slot + 1) * HISTOGRAM_BINS);
    }
  }
}

import type { EndedRequest } from './ended-request.ts';
import { TimeBuckets } from './time-buckets.ts';

/** What happened at one endpoint over the last minute. */
export interface EndpointFigures {
  readonly placed: number;
  readonly failed: number;
  /** 0..1; null when the model server reported no cached tokens. */
  readonly hitRate: number | null;
  /** Mean time to the first token in milliseconds; null without requests. */
  readonly ttftMs: number | null;
}

/** Requests of one endpoint over the last minute. */
export class EndpointTraffic {
  readonly #buckets = new TimeBuckets(5_000, 12, [
    'placed',
    'failed',
    'promptTokens',
    'cachedTokens',
    'firstTokens',
    'firstTokenMs',
  ]);

  placed(now: number): void {
    this.#buckets.add(now, 'placed', 1);
  }

  ended(now: number, request: EndedRequest): void {
    if (request.isFailed) this.#buckets.add(now, 'failed', 1);
    if (request.cachedTokens !== undefined) {
      this.#buckets.add(now, 'promptTokens', request.promptTokens);
      this.#buckets.add(now, 'cachedTokens', request.cachedTokens);
    }
    if (request.firstTokenMs === undefined) return;
    this.#buckets.add(now, 'firstTokens', 1);
    this.#buckets.add(now, 'firstTokenMs', request.firstTokenMs);
  }

  figures(now: number): EndpointFigures {
    const buckets = this.#buckets;
    buckets.advance(now);
    const promptTokens = buckets.sum('promptTokens');
    const firstTokens = buckets.sum('firstTokens');
    return {
      placed: buckets.sum('placed'),
      failed: buckets.sum('failed'),
      hitRate: promptTokens === 0 ? null : buckets.sum('cachedTokens') / promptTokens,
      ttftMs: firstTokens === 0 ? null : buckets.sum('firstTokenMs') / firstTokens,
    };
  }
}

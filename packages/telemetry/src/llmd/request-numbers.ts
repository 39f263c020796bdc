import type { InferenceRequest, Outcome } from '@pointsman/core';
import { Distribution } from '../series/distribution.ts';
import { BUCKETS } from './buckets.ts';

/** Everything that is counted of the requests with the same labels. Histograms are made when they have something to hold. */
export class RequestNumbers {
  requests = 0;
  running = 0;
  /** When a request of these was last seen, in milliseconds on the clock of whoever keeps them. */
  seenAtMs = 0;
  readonly errors = new Map<string, number>();
  duration: Distribution | undefined;
  requestBytes: Distribution | undefined;
  responseBytes: Distribution | undefined;
  streamedFirstToken: Distribution | undefined;
  otherFirstToken: Distribution | undefined;
  perToken: Distribution | undefined;
  perLaterToken: Distribution | undefined;
  betweenChunks: Distribution | undefined;
  inputTokens: Distribution | undefined;
  outputTokens: Distribution | undefined;
  cachedTokens: Distribution | undefined;

  failed(code: string): void {
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
  }

  sent(bytes: number): void {
    this.requestBytes ??= new Distribution(BUCKETS.requestBytes);
    this.requestBytes.observe(bytes);
  }

  answered(bytes: number): void {
    this.responseBytes ??= new Distribution(BUCKETS.responseBytes);
    this.responseBytes.observe(bytes);
  }

  waitedForChunk(ms: number): void {
    this.betweenChunks ??= new Distribution(BUCKETS.secondsBetweenChunks);
    this.betweenChunks.observe(ms / 1000);
  }

  ended({ status, httpStatus = 0, totalMs, firstTokenMs, usage }: Outcome, { stream }: InferenceRequest): void {
    if (status === 'error' || httpStatus >= 400) this.failed('ModelServerError');
    this.duration ??= new Distribution(BUCKETS.durationSeconds);
    this.duration.observe(totalMs / 1000);
    if (firstTokenMs !== undefined) this.#firstToken(stream).observe(firstTokenMs / 1000);
    if (usage === undefined) return;
    const { promptTokens, cachedTokens, outputTokens } = usage;
    this.inputTokens ??= new Distribution(BUCKETS.inputTokens);
    this.inputTokens.observe(promptTokens);
    this.outputTokens ??= new Distribution(BUCKETS.outputTokens);
    this.outputTokens.observe(outputTokens);
    if (cachedTokens !== undefined) {
      this.cachedTokens ??= new Distribution(BUCKETS.inputTokens);
      this.cachedTokens.observe(cachedTokens);
    }
    if (outputTokens > 0) {
      this.perToken ??= new Distribution(BUCKETS.secondsPerToken);
      this.perToken.observe(totalMs / 1000 / outputTokens);
    }
    if (stream && firstTokenMs !== undefined && outputTokens > 1) {
      this.perLaterToken ??= new Distribution(BUCKETS.secondsPerLaterToken);
      this.perLaterToken.observe((totalMs - firstTokenMs) / 1000 / (outputTokens - 1));
    }
  }

  #firstToken(stream: boolean): Distribution {
    if (stream) {
      this.streamedFirstToken ??= new Distribution(BUCKETS.firstTokenSeconds);
      return this.streamedFirstToken;
    }
    this.otherFirstToken ??= new Distribution(BUCKETS.firstTokenSeconds);
    return this.otherFirstToken;
  }
}

import { GrpcMessages } from '../grpc/grpc-messages.ts';
import type { EngineReport } from '../grpc/vllm-engine-responses.ts';
import { mergeUsage, type Usage, withSummedTotal } from './usage.ts';
import type { UsageReader } from './usage-reader.ts';

/** What a message of the response tells; throws a RangeError for one that is broken. */
type ReportOf = (message: Uint8Array) => EngineReport;

/**
 * Reads a response of vLLM's gRPC service: one message, or a stream of them. Its parts are tokens themselves, so
 * `streamedEvents` is their exact number.
 */
export class VllmEngineUsageReader implements UsageReader {
  usage: Usage | undefined;
  streamedEvents = 0;
  malformed = false;
  readonly #reportOf: ReportOf;
  readonly #messages = new GrpcMessages((message) => this.#onReport(this.#reportOf(message)));
  #onFirstToken: (() => void) | undefined;
  /** Tokens of each answer so far, by its index: a client may want several. */
  readonly #completion = new Map<number, number>();
  #completionSum = 0;

  constructor(reportOf: ReportOf, onFirstToken: (() => void) | undefined) {
    this.#reportOf = reportOf;
    this.#onFirstToken = onFirstToken;
  }

  push(chunk: Uint8Array): void {
    if (this.malformed) return;
    try {
      this.#messages.push(chunk);
    } catch {
      this.malformed = true;
    }
  }

  end(): void {
    if (this.#messages.isWithinMessage) this.malformed = true;
  }

  #onReport({ promptTokens, completionTokens, cachedTokens, index, newTokens }: EngineReport): void {
    if (newTokens > 0) {
      this.streamedEvents += newTokens;
      this.#onFirstToken?.();
      this.#onFirstToken = undefined;
    }
    if (promptTokens === 0 && completionTokens === 0) return;
    if (completionTokens > 0) {
      this.#completionSum += completionTokens - (this.#completion.get(index) ?? 0);
      this.#completion.set(index, completionTokens);
    }
    const reported = {
      promptTokens,
      completionTokens: this.#completionSum,
      ...(cachedTokens !== undefined && { cachedTokens }),
    };
    this.usage = withSummedTotal(mergeUsage(this.usage, reported));
  }
}

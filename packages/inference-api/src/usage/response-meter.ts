import type { InferenceApi } from '../inference-api.ts';
import { createUsageReader } from './create-usage-reader.ts';
import { isEventStream } from './event-stream.ts';
import type { UsageReader } from './usage-reader.ts';

/** What a meter has to know of a response. */
export interface ResponseHead {
  readonly status: number;
  /** Header values by lower-case name. */
  readonly headers: {
    readonly 'content-type'?: string | undefined;
    readonly 'content-encoding'?: string | undefined;
  };
}

/** Who is told what passes by; a call of the scheduler fits. */
export interface ResponseListener {
  firstToken(): void;
  tokens(outputTokens: number): void;
}

/** What a response cost, in the words of the scheduler. */
export interface MeteredUsage {
  readonly promptTokens: number;
  readonly cachedTokens: number | undefined;
  readonly outputTokens: number;
}

/** Tells a listener what can be read from the body of a response while it passes by: the first token, tokens, usage. */
export class ResponseMeter {
  readonly #listener: ResponseListener;
  readonly #reader: UsageReader;
  #tokens = 0;

  private constructor(listener: ResponseListener, api: InferenceApi, stream: boolean) {
    this.#listener = listener;
    // Without a stream nobody can tell when the first token came; a reader then never says so.
    this.#reader = createUsageReader(api, { stream, onFirstToken: () => listener.firstToken() });
  }

  /** @returns undefined for a response in which nothing can be read: an error, or one that is compressed */
  static for(
    listener: ResponseListener,
    api: InferenceApi,
    { status, headers }: ResponseHead,
  ): ResponseMeter | undefined {
    if (status >= 300 || api === 'raw' || api === 'anthropic.count_tokens') return undefined;
    if (isCompressed(headers['content-encoding'])) return undefined;
    return new ResponseMeter(listener, api, isEventStream(headers['content-type']));
  }

  /** Takes the next bytes of the body; split anywhere. */
  push(chunk: Uint8Array): void {
    this.#reader.push(chunk);
    const tokens = this.#reader.streamedEvents;
    if (tokens === this.#tokens) return;
    this.#tokens = tokens;
    this.#listener.tokens(tokens);
  }

  /** What is known at the end of the response, or when it broke off. */
  finish(): MeteredUsage | undefined {
    this.#reader.end();
    const { usage } = this.#reader;
    if (usage === undefined) return undefined;
    const { promptTokens, cachedTokens, completionTokens: outputTokens } = usage;
    return { promptTokens, cachedTokens, outputTokens };
  }
}

/** Whether a body is encoded, by its `content-encoding`. */
export function isCompressed(encoding: string | undefined): boolean {
  return encoding !== undefined && encoding !== '' && encoding.toLowerCase() !== 'identity';
}

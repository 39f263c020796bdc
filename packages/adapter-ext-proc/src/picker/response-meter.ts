import type { Call, Usage } from '@pointsman/core';
import { createUsageReader, type InferenceApi, isEventStream, type UsageReader } from '@pointsman/inference-api';
import type { ResponseHead } from '../stream/processor.ts';

/** Tells a call what can be read from the body of its response while it passes by. */
export class ResponseMeter {
  readonly #call: Call;
  readonly #reader: UsageReader;
  #tokens = 0;

  private constructor(call: Call, api: InferenceApi, stream: boolean) {
    this.#call = call;
    this.#reader = createUsageReader(api, { stream, onFirstToken: stream ? () => call.firstToken() : undefined });
  }

  /** @returns undefined for a response in which nothing can be read: an error, or one that is compressed */
  static for(call: Call, api: InferenceApi, { status, headers }: ResponseHead): ResponseMeter | undefined {
    if (status >= 300 || api === 'raw' || api === 'anthropic.count_tokens') return undefined;
    if (isCompressed(headers['content-encoding'])) return undefined;
    return new ResponseMeter(call, api, isEventStream(headers['content-type']));
  }

  push(chunk: Uint8Array): void {
    this.#reader.push(chunk);
    const tokens = this.#reader.streamedEvents;
    if (tokens === this.#tokens) return;
    this.#tokens = tokens;
    this.#call.tokens(tokens);
  }

  /** What is known at the end of the response, or when it broke off. */
  finish(): Usage | undefined {
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

import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** What a completion stream said of itself. */
export interface StreamedUsage {
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  /** True when the stream ended as it should. */
  readonly isComplete: boolean;
}

interface CompletionEvent {
  readonly choices?: readonly { readonly text?: string }[];
  readonly usage?: {
    readonly prompt_tokens?: number;
    readonly completion_tokens?: number;
    readonly prompt_tokens_details?: { readonly cached_tokens?: number } | null;
  } | null;
}

/** Reads an OpenAI text completion stream to its end. @param onFirstToken called once, when the first text is there */
export async function readCompletionStream(body: Readable, onFirstToken: () => void): Promise<StreamedUsage> {
  let promptTokens = 0;
  let cachedTokens = 0;
  let outputTokens = 0;
  let isComplete = false;
  let hasText = false;
  for await (const line of createInterface({ input: body, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (!line.startsWith('data:')) continue;
    const data = line.slice(5).trim();
    if (data === '[DONE]') {
      isComplete = true;
      continue;
    }
    const event = JSON.parse(data) as CompletionEvent;
    if (!hasText && (event.choices?.[0]?.text ?? '') !== '') {
      hasText = true;
      onFirstToken();
    }
    if (event.usage) {
      promptTokens = event.usage.prompt_tokens ?? 0;
      cachedTokens = event.usage.prompt_tokens_details?.cached_tokens ?? 0;
      outputTokens = event.usage.completion_tokens ?? 0;
    }
  }
  return { promptTokens, cachedTokens, outputTokens, isComplete };
}

import { performance } from 'node:perf_hooks';
import { Agent, request as httpRequest } from 'undici';
import { PromptWriter } from './prompt-text.ts';
import { readCompletionStream } from './read-completion-stream.ts';
import type { TraceRequest } from './trace.ts';

/** What became of one replayed request. Times in milliseconds. */
export interface ReplayedRequest {
  readonly status: number;
  /** Undefined when no token came. */
  readonly firstTokenMs: number | undefined;
  readonly totalMs: number;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  /** Who served it, as the gateway says. */
  readonly endpoint: string;
  readonly error: string | undefined;
}

export interface ReplayOptions {
  /** Where `/v1/completions` is. */
  readonly url: string;
  readonly model: string;
  readonly trace: readonly TraceRequest[];
  /** How many times faster than recorded. Default 1. */
  readonly speed?: number;
  /** Output tokens are divided by this. Default 1. */
  readonly shrinkOutput?: number;
  /** Response header that names the endpoint. Default `x-pointsman-endpoint`. */
  readonly endpointHeader?: string;
  onProgress?(done: number, total: number): void;
  readonly signal?: AbortSignal;
}

/**
 * Sends a trace as real streaming requests, each at its recorded time whatever became of those before it (open loop).
 * A request that fails is a result, not an exception.
 */
export async function replayTrace(options: ReplayOptions): Promise<readonly ReplayedRequest[]> {
  const { trace, speed = 1, onProgress, signal } = options;
  const writer = new PromptWriter();
  const agent = new Agent({ connections: 256, pipelining: 1, headersTimeout: 120_000, bodyTimeout: 120_000 });
  const startedAt = performance.now();
  let done = 0;
  try {
    return await Promise.all(
      trace.map(async (request) => {
        await sleepUntil(startedAt + request.atMs / speed, signal);
        const result = await send(options, request, writer.write(request), agent);
        onProgress?.(++done, trace.length);
        return result;
      }),
    );
  } finally {
    await agent.destroy();
  }
}

async function send(
  options: ReplayOptions,
  request: TraceRequest,
  prompt: string,
  agent: Agent,
): Promise<ReplayedRequest> {
  const outputTokens = Math.max(1, Math.round(request.outputTokens / (options.shrinkOutput ?? 1)));
  const body = JSON.stringify({
    model: options.model,
    prompt,
    max_tokens: outputTokens,
    ignore_eos: true,
    stream: true,
    stream_options: { include_usage: true },
  });
  const sentAt = performance.now();
  const none = { firstTokenMs: undefined, promptTokens: request.promptTokens, cachedTokens: 0, outputTokens: 0 };
  try {
    const response = await httpRequest(new URL('/v1/completions', options.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      dispatcher: agent,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const endpoint = String(response.headers[options.endpointHeader ?? 'x-pointsman-endpoint'] ?? '');
    if (response.statusCode !== 200) {
      const error = (await response.body.text()).slice(0, 300);
      return { ...none, status: response.statusCode, totalMs: performance.now() - sentAt, endpoint, error };
    }
    let firstTokenMs: number | undefined;
    const usage = await readCompletionStream(response.body, () => {
      firstTokenMs = performance.now() - sentAt;
    });
    return {
      status: 200,
      firstTokenMs,
      totalMs: performance.now() - sentAt,
      promptTokens: usage.promptTokens,
      cachedTokens: usage.cachedTokens,
      outputTokens: usage.outputTokens,
      endpoint,
      error: usage.isComplete ? undefined : 'the stream ended without [DONE]',
    };
  } catch (error) {
    return { ...none, status: 0, totalMs: performance.now() - sentAt, endpoint: '', error: String(error) };
  }
}

function sleepUntil(at: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason);
    const timer = setTimeout(resolve, Math.max(0, at - performance.now()));
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

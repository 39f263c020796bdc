import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/harness/virtual-clock.ts';
import { createSimEngine, type SequenceRequest, simOptions } from '../../src/sim/index.ts';
import { chatPrompt } from '../../src/sim/server/chat-prompt.ts';
import { readPrompts } from '../../src/sim/server/completions.ts';
import { engineOptions, speedOf } from '../../src/sim/server/engine-options.ts';
import { readMessages } from '../../src/sim/server/message-text.ts';
import { optionsOfRecording } from './options-of-recording.ts';

interface RecordedLatency {
  readonly simulator: { readonly args: readonly string[] };
  readonly adminConfig?: Record<string, string>;
  readonly freshServerPerRepeat: boolean;
  readonly background?: {
    readonly requests: number;
    readonly body: { readonly max_tokens: number };
    readonly leadMs: number;
  };
  readonly sameRequestAhead?: number;
  readonly requests: readonly RecordedRequest[];
}

interface RecordedRequest {
  readonly request: {
    readonly body: {
      readonly prompt?: unknown;
      readonly token_ids?: unknown;
      readonly messages?: unknown;
      readonly cache_hit_threshold?: number;
      readonly kv_transfer_params?: { readonly do_remote_prefill?: boolean };
    };
  };
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  readonly expected: { readonly ttftMs: number; readonly interTokenMs: number; readonly totalMs: number };
}

const FOLDER = new URL('../golden/sim/latency/', import.meta.url);

describe('recorded latencies, in virtual time', () => {
  for (const file of readdirSync(FOLDER)) {
    const recorded = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as RecordedLatency;

    it(file, () => {
      const clock = new VirtualClock(0);
      const options = simOptions.parse(optionsOfRecording(recorded.simulator));
      const engine = createSimEngine(engineOptions(options), clock);
      if (recorded.adminConfig) {
        const { 'time-to-first-token': timeToFirstToken, 'inter-token-latency': interTokenLatency } =
          recorded.adminConfig;
        engine.retune(speedOf(simOptions.parse({ timeToFirstToken, interTokenLatency })));
      }
      const { requests = 0, body, leadMs = 0 } = recorded.background ?? {};
      for (let i = 0; i < requests; i++) {
        const prompt = Uint32Array.from({ length: 10 }, (_, k) => 100 * (i + 1) + k);
        engine.submit({ prompt, outputTokens: body!.max_tokens, listener: new Watch() });
      }
      clock.runUntil(leadMs);
      for (const request of recorded.requests) {
        const watches = sequencesOf(request).map((sequence) => {
          const ahead = recorded.sameRequestAhead ?? 0;
          for (let i = 0; i < ahead; i++) engine.submit({ ...sequence, listener: new Watch() });
          const watch = new Watch();
          expect(engine.submit({ ...sequence, listener: watch })).toHaveProperty('cancel');
          return { watch, submittedMs: clock.now() };
        });
        clock.runUntil(clock.now() + 3000);
        check(request, watches, clock);
      }
    });
  }
});

function check(
  { expected, cachedTokens, outputTokens, promptTokens, request }: RecordedRequest,
  watches: readonly { readonly watch: Watch; readonly submittedMs: number }[],
  clock: VirtualClock,
): void {
  const last = watches.at(-1)!;
  expect(last.watch.endedMs).toBeLessThanOrEqual(clock.now());
  expect(last.watch.endedMs! - last.submittedMs).toBe(expected.totalMs);
  for (const { prompt } of sequencesOf({ request, outputTokens })) expect(prompt).toHaveLength(promptTokens);
  for (const { watch } of watches) expect(watch.tokensMs).toHaveLength(outputTokens);
  if (watches.length > 1 || outputTokens === 0) return;
  expect(last.watch.cachedTokens).toBe(cachedTokens);
  expect(last.watch.tokensMs[0]! - last.watch.startedMs!).toBe(expected.ttftMs);
  const gaps = last.watch.tokensMs.slice(1).map((at, i) => at - last.watch.tokensMs[i]!);
  expect(new Set(gaps)).toEqual(new Set(gaps.length > 0 ? [expected.interTokenMs] : []));
}

/** One for each prompt, each with as many output tokens. */
function sequencesOf({
  request,
  outputTokens,
}: Pick<RecordedRequest, 'request' | 'outputTokens'>): Omit<SequenceRequest, 'listener'>[] {
  const { body } = request;
  const prompts =
    body.messages === undefined
      ? readPrompts(body.prompt ?? body.token_ids)
      : [chatPrompt(readMessages(body.messages, 'messages'))];
  // A request that is refused for its cache would have had an answer.
  const tokens = Math.max(1, outputTokens);
  return prompts.map((prompt) => ({
    prompt: prompt.tokens,
    outputTokens: tokens,
    remotePrefill: body.kv_transfer_params?.do_remote_prefill,
    cacheHitThreshold: body.cache_hit_threshold,
  }));
}

/** Notes when what happened. */
class Watch {
  startedMs: number | undefined;
  endedMs: number | undefined;
  cachedTokens: number | undefined;
  readonly tokensMs: number[] = [];

  started(cachedTokens: number, atMs: number): void {
    this.startedMs = atMs;
    this.cachedTokens = cachedTokens;
  }

  token(_index: number, atMs: number): void {
    this.tokensMs.push(atMs);
  }

  ended(_why: string, atMs: number): void {
    this.endedMs = atMs;
  }
}

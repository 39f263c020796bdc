import { describe, expect, test } from 'vitest';
import { createUsageReader, type InferenceApi, isEventStream, type Usage, type UsageReader } from '../src/index.ts';
import { goldenVectors } from './golden-vectors.ts';

interface Report {
  readonly error?: string;
  readonly usage?: Usage | null;
  readonly streamedEvents?: number;
}

interface Vector {
  readonly id: string;
  readonly parser: string;
  readonly responseHeaders: Record<string, string>;
  readonly chunks: string[];
  readonly expected: { readonly perChunk: (Report | null)[] };
}

const apis: Readonly<Record<string, InferenceApi>> = {
  'openai-parser': 'openai.chat',
  'anthropic-parser': 'anthropic.messages',
  'vllmhttp-parser': 'vllm.generate',
  'sglanghttp-parser': 'sglang.generate',
  'passthrough-parser': 'raw',
};

/** Counts as recorded: 0 where nothing is said, cached tokens only if there are any. */
function counts(usage: Usage | null | undefined) {
  if (!usage) return undefined;
  const { promptTokens, completionTokens, cachedTokens, totalTokens } = usage;
  return { promptTokens, completionTokens, cachedTokens: cachedTokens ?? 0, totalTokens: totalTokens ?? 0 };
}

function readAll(reader: UsageReader, chunks: readonly Uint8Array[]): UsageReader {
  for (const chunk of chunks) reader.push(chunk);
  reader.end();
  return reader;
}

const vectors = goldenVectors<Vector>('response-usage.jsonl');

describe('each chunk on its own', () => {
  for (const { id, parser, responseHeaders, chunks, expected } of vectors) {
    test(`${id} ${parser}`, () => {
      const api = apis[parser]!;
      const stream = isEventStream(responseHeaders['content-type'] ?? responseHeaders['Content-Type']);
      const reports = chunks.map((chunk) => readAll(createUsageReader(api, { stream }), [Buffer.from(chunk)]));
      expect(reports.map((r) => ({ usage: counts(r.usage), events: r.streamedEvents, error: r.malformed }))).toEqual(
        expected.perChunk.map((r) => ({
          usage: counts(r?.usage),
          events: r?.streamedEvents ?? 0,
          error: r?.error !== undefined,
        })),
      );
    });
  }
});

describe('the same stream byte by byte adds up', () => {
  for (const { id, parser, responseHeaders, chunks, expected } of vectors) {
    if (!isEventStream(responseHeaders['content-type'] ?? responseHeaders['Content-Type'])) continue;
    test(`${id} ${parser}`, () => {
      const bytes = Buffer.from(chunks.join(''));
      const singles = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
      const reader = readAll(createUsageReader(apis[parser]!, { stream: true }), singles);
      const reports = expected.perChunk.filter((r) => r !== null);
      const reported = reports.flatMap((r) => (r.usage ? [r.usage] : []));
      const last = (field: keyof Usage) => reported.map((u) => u[field] ?? 0).findLast((n) => n > 0) ?? 0;
      expect(reader.streamedEvents).toBe(reports.reduce((sum, r) => sum + (r.streamedEvents ?? 0), 0));
      expect(reader.usage !== undefined).toBe(reported.length > 0);
      expect(reader.usage?.promptTokens ?? 0).toBe(last('promptTokens'));
      expect(reader.usage?.completionTokens ?? 0).toBe(last('completionTokens'));
      expect(reader.usage?.cachedTokens ?? 0).toBe(last('cachedTokens'));
    });
  }
});

import { tokenizedPrompt } from '@pointsman/core';
import { anthropicParser, openaiParser, sglanghttpParser, vllmhttpParser } from '@pointsman/inference-api';
import { createTestBench, readGolden, VirtualClock } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import xxhash from 'xxhash-wasm';
import { tokenProducer } from '../src/index.ts';

interface Case {
  readonly id: string;
  readonly parser: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly params?: object;
  readonly expected: {
    readonly error?: string;
    readonly tokenized: {
      readonly cacheSalt: string;
      readonly prompts: readonly {
        readonly tokenCount: number;
        readonly tokensXxh64: string;
        readonly bytesUtf8?: string;
        readonly bytesBase64?: string;
        readonly multimodal?: readonly object[];
      }[];
    } | null;
  };
}

const parsers = [openaiParser, anthropicParser, vllmhttpParser, sglanghttpParser];
const folder = new URL('./golden/', import.meta.url);

describe('token-estimate.jsonl', () => {
  const cases = readGolden<Case>('token-estimate.jsonl', folder);
  it.each(cases.map((recorded) => [recorded.id, recorded] as const))('%s', async (_, recorded) => {
    const { ':path': path = '', ...headers } = recorded.headers;
    const parser = parsers.find(({ type }) => type === recorded.parser);
    if (parser === undefined) throw new Error(`there is no parser ${recorded.parser}`);
    const body = new TextEncoder().encode(recorded.body);
    const payload = parser.parse({ path: path.replace(/\?.*/, ''), headers, body });
    await using bench = createTestBench({
      clock: new VirtualClock(),
      endpoints: [{ id: 'a/only' }],
      plugins: [tokenProducer(recorded.params as never)],
    });
    const run = await bench.run({ request: { headers }, input: { payload } });
    expect(run.explanation?.faults).toEqual([]);
    const { h64Raw } = await xxhash();
    const written = run.probed[tokenizedPrompt.id]?.[''] as (typeof tokenizedPrompt)['~type'];
    const { tokenized } = recorded.expected;
    if (tokenized === null) {
      expect(written).toBeUndefined();
      return;
    }
    expect(written?.cacheSalt).toBe(tokenized.cacheSalt);
    expect(written?.prompts.length).toBe(tokenized.prompts.length);
    for (const [i, expected] of tokenized.prompts.entries()) {
      const prompt = written!.prompts[i]!;
      const bytes = Buffer.from(prompt.packed);
      if (expected.bytesUtf8 !== undefined) expect(bytes.toString()).toBe(expected.bytesUtf8);
      if (expected.bytesBase64 !== undefined) expect(bytes.toString('base64')).toBe(expected.bytesBase64);
      expect(prompt.multimodal).toEqual(expected.multimodal ?? []);
      expect([prompt.count, prompt.packed.length]).toEqual([expected.tokenCount, 4 * expected.tokenCount]);
      expect(h64Raw(prompt.packed).toString(16).padStart(16, '0')).toBe(expected.tokensXxh64);
    }
  });
});

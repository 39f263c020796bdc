import { prefixMatch, tokenizedPrompt } from '@pointsman/core';
import { openaiParser } from '@pointsman/inference-api';
import { approxPrefixCacheProducer } from '@pointsman/plugin-prefix-cache';
import { tokenProducer } from '@pointsman/plugin-tokenizer';
import { createTestBench, type RecordedEndpoint, readGolden, VirtualClock } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';

interface Case {
  readonly id: string;
  readonly endpoints: readonly RecordedEndpoint[];
  readonly steps: readonly {
    readonly requestId: string;
    readonly path: string;
    readonly body: string;
    readonly chosen: string;
    readonly expected: {
      readonly tokenCount: number;
      /** matchBlocks, totalBlocks, blockSizeTokens */
      readonly matchInfo: Readonly<Record<string, readonly [number, number, number]>>;
    };
  }[];
}

const folder = new URL('./golden/', import.meta.url);

/** From the bytes of a body to what is cached where: parser, token estimate and prefix index together. */
describe('approx-prefix-cache-bodies.jsonl', () => {
  const cases = readGolden<Case>('approx-prefix-cache-bodies.jsonl', folder);
  it.each(cases.map((recorded) => [recorded.id, recorded] as const))('%s', async (_, { endpoints, steps }) => {
    const plugins = [tokenProducer(), approxPrefixCacheProducer()];
    await using bench = createTestBench({ endpoints, plugins, clock: new VirtualClock() });
    for (const { requestId, path, body, chosen, expected } of steps) {
      const payload = openaiParser.parse({ path, headers: {}, body: new TextEncoder().encode(body) });
      const targetModel = payload.model ?? '';
      const run = await bench.run({
        request: { requestId, targetModel },
        input: { payload },
        targets: { default: [chosen] },
      });
      expect(run.error).toBeUndefined();
      const tokens = run.probed[tokenizedPrompt.id]?.[''] as (typeof tokenizedPrompt)['~type'];
      expect(tokens?.prompts.reduce((sum, prompt) => sum + prompt.count, 0)).toBe(expected.tokenCount);
      const matches = Object.entries(run.probed[prefixMatch().id] ?? {}).map(([id, info]) => {
        const { matchBlocks, totalBlocks, blockSizeTokens } = info as Record<string, number>;
        return [id, [matchBlocks, totalBlocks, blockSizeTokens]];
      });
      expect(Object.fromEntries(matches), requestId).toEqual(expected.matchInfo);
      run.call?.end();
    }
  });
});

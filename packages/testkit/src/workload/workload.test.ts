import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mooncakeSlice, PromptWriter, parseTrace, quantile, summarizeReplay } from './index.ts';

describe('the Mooncake slice', () => {
  const trace = mooncakeSlice();

  it('is in order, and its blocks fit its lengths', () => {
    expect(trace.length).toBeGreaterThan(200);
    for (const [i, request] of trace.entries()) {
      expect(request.atMs).toBeGreaterThanOrEqual(trace[i - 1]?.atMs ?? 0);
      expect(request.blocks).toHaveLength(Math.ceil(request.promptTokens / 512));
    }
  });

  it('becomes prompts of the recorded lengths that share what the requests shared', () => {
    const writer = new PromptWriter();
    const [a, b] = [trace[0]!, trace.find((request) => request.blocks[1] !== trace[0]!.blocks[1])!];
    expect(writer.write(a)).toHaveLength(a.promptTokens * 4);
    expect(writer.write(a).slice(0, 2048)).toBe(writer.write(b).slice(0, 2048));
    expect(writer.write(a).slice(2048, 4096)).not.toBe(writer.write(b).slice(2048, 4096));
    expect(new PromptWriter().write(a)).toBe(writer.write(a));
  });
});

describe('parseTrace', () => {
  it('names the line that is wrong', () => {
    expect(() =>
      parseTrace('{"timestamp":0,"input_length":1,"output_length":1,"hash_ids":[0]}\n{"timestamp":0}'),
    ).toThrow(/line 2/);
    expect(() => parseTrace('not json')).toThrow(/line 1/);
  });
});

describe('summaries', () => {
  it('interpolates quantiles between the least and the greatest value', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, q) => {
          const sorted = values.sort((a, b) => a - b);
          const value = quantile(sorted, q);
          expect(value).toBeGreaterThanOrEqual(sorted[0]!);
          expect(value).toBeLessThanOrEqual(sorted.at(-1)! * (1 + 1e-12));
        },
      ),
    );
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
  });

  it('counts hits, failures and imbalance', () => {
    const result = (endpoint: string, promptTokens: number, cachedTokens: number, error?: string) => ({
      status: 200,
      firstTokenMs: 10,
      totalMs: 20,
      promptTokens,
      cachedTokens,
      outputTokens: 5,
      endpoint,
      error,
    });
    const summary = summarizeReplay(
      [result('a', 100, 50), result('a', 100, 50), result('b', 100, 0), result('b', 100, 0, 'broken')],
      1000,
      2,
    );
    expect(summary).toMatchObject({ requests: 4, failed: 1, outputTokensPerSecond: 15, endpoints: { a: 2, b: 1 } });
    expect(summary.prefixHitRate).toBeCloseTo(1 / 3);
    expect(summary.requestImbalance).toBeCloseTo(4 / 3);
    expect(summary.workImbalance).toBe(1);
  });
});

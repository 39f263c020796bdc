import {
  createScheduler,
  defineFetcher,
  definePicker,
  type PluginUse,
  prefixMatch,
  silentLogger,
  tokenizedPrompt,
} from '@pointsman/core';
import { createTestBench, type RecordedEndpoint, type RecordedRequest, readGolden } from '@pointsman/testkit/harness';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  alwaysDisaggMultimodalDecider,
  alwaysDisaggPdDecider,
  disaggregation,
  prefixBasedPdDecider,
} from '../src/index.ts';

interface Case {
  readonly id: string;
  readonly plugin: string;
  readonly params?: Record<string, unknown>;
  readonly decodeEndpoint?: RecordedEndpoint;
  readonly request: RecordedRequest;
  readonly expected: { readonly disaggregate?: boolean; readonly error?: string };
}

const deciders = [alwaysDisaggPdDecider, alwaysDisaggMultimodalDecider, prefixBasedPdDecider];

/** What a decider says of one endpoint. */
async function verdict(decider: PluginUse, request: RecordedRequest, endpoint: RecordedEndpoint): Promise<boolean> {
  const key = disaggregation(decider.name);
  await using bench = createTestBench({ endpoints: [endpoint], plugins: [decider] });
  const { probed, explanation } = await bench.run({ request, probe: [key] });
  expect(explanation?.faults).toEqual([]);
  return (probed[key.id]![endpoint.id!] as { readonly verdict: number }).verdict > 0;
}

describe('pd-deciders.jsonl', () => {
  const cases = readGolden<Case>('pd-deciders.jsonl', new URL('./golden/', import.meta.url));

  it.each(cases.map((recorded) => [`${recorded.plugin} ${recorded.id}`, recorded] as const))(
    '%s',
    async (_, { plugin, params, request, expected, decodeEndpoint = { id: 'ns/nothing-known' } }) => {
      const decider = deciders.find(({ type }) => type === plugin)!;
      const bind = () => decider(params as never);
      if (expected.error !== undefined) {
        expect(bind).toThrow(expect.objectContaining({ code: 'PARAMS_INVALID' }));
        return;
      }
      expect(await verdict(bind(), request, decodeEndpoint)).toBe(expected.disaggregate);
    },
  );
});

describe('prefix-based-pd-decider', () => {
  const tokens = (...counts: readonly number[]) => ({
    tokenized: { prompts: counts.map((tokenCount) => ({ tokenCount })) },
  });
  const cached = (blocks: number, producer = 'approx-prefix-cache-producer') => ({
    id: 'ns/a',
    attributes: {
      [`PrefixCacheMatchInfoDataKey/${producer}`]: { matchBlocks: blocks, totalBlocks: 99, blockSizeTokens: 16 },
    },
  });

  it('never disaggregates when little of the prompt is missing, always when enough is', async () => {
    const some = fc.integer({ min: 0, max: 300 });
    await fc.assert(
      fc.asyncProperty(some, fc.nat(12), some, some, async (count, blocks, nonCachedTokens, promptTokens) => {
        const decider = prefixBasedPdDecider({ nonCachedTokens, promptTokens });
        const isMissing = nonCachedTokens > 0 && count >= promptTokens && count - 16 * blocks >= nonCachedTokens;
        expect(await verdict(decider, tokens(count), cached(blocks))).toBe(isMissing);
      }),
      { numRuns: 60 },
    );
  });

  it('counts the tokens of all prompts', async () => {
    const decider = prefixBasedPdDecider({ nonCachedTokens: 100 });
    expect(await verdict(decider, tokens(60, 39), cached(0))).toBe(false);
    expect(await verdict(decider, tokens(60, 40), cached(0))).toBe(true);
  });

  it('says in the explanation that a prompt is too short, whatever is cached', async () => {
    const decider = prefixBasedPdDecider({ nonCachedTokens: 50, promptTokens: 80 }).as('long-prompts');
    await using bench = createTestBench({ endpoints: [cached(0)], plugins: [decider] });
    const notesOf = async (count: number) => (await bench.run({ request: tokens(count) })).explanation?.notes;
    expect(await notesOf(79)).toEqual([{ plugin: 'long-prompts', text: 'the prompt has 79 tokens, fewer than 80' }]);
    expect(await notesOf(80)).toEqual([]);
  });

  it('warns when it never disaggregates', async () => {
    const warnings: string[] = [];
    const log = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
    const data = defineFetcher({
      type: 'data',
      writes: [tokenizedPrompt, prefixMatch()],
      create: () => ({ prepare() {} }),
    });
    const picker = definePicker({ type: 'nobody', create: () => ({ pick: () => 0 }) });
    const scheduler = createScheduler({
      endpoints: [],
      plugins: [data(), prefixBasedPdDecider(), prefixBasedPdDecider({ nonCachedTokens: 1 }).as('other')],
      profiles: { default: { picker: picker() } },
      log,
    });
    await scheduler.close();
    expect(warnings).toEqual(['"prefix-based-pd-decider" never disaggregates: its nonCachedTokens is 0']);
  });

  it('reads the matches of the producer that it is told', async () => {
    const decider = prefixBasedPdDecider({ nonCachedTokens: 50, prefixMatchInfoProducerName: 'exact' });
    expect(await verdict(decider, tokens(100), cached(4, 'exact'))).toBe(false);
    expect(await verdict(decider, tokens(100), cached(3, 'exact'))).toBe(true);
    expect(await verdict(decider, tokens(100), cached(3))).toBe(false);
  });
});

describe('always-disagg-multimodal-decider', () => {
  const image = { modality: 'image', hash: 'h', offset: 0, length: 4 };

  it('looks at all prompts', async () => {
    const decider = alwaysDisaggMultimodalDecider();
    const prompts = [{ tokenCount: 4 }, { tokenCount: 4, multimodal: [image] }];
    expect(await verdict(decider, { tokenized: { prompts } }, { id: 'ns/a' })).toBe(true);
    expect(await verdict(decider, { tokenized: { prompts: prompts.slice(0, 1) } }, { id: 'ns/a' })).toBe(false);
    expect(await verdict(decider, {}, { id: 'ns/a' })).toBe(false);
  });
});

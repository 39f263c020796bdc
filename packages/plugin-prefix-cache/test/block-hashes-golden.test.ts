import { packTokens, readGolden } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { hashBlocks } from '../src/hash/hash-blocks.ts';
import { hashText } from './hash-text.ts';

type Runs = readonly (readonly [number, number])[];

interface Case {
  readonly id: string;
  readonly targetModel: string;
  readonly cacheSalt: string;
  readonly blockSizeTokens: number;
  readonly maxBlocks: number | null;
  readonly prompts: readonly Runs[];
  readonly expected: { readonly hashes: readonly (readonly string[])[] };
}

const folder = new URL('./golden/', import.meta.url);
const cases = readGolden<Case>('prefix-block-hashes.jsonl', folder);

describe('prefix-block-hashes.jsonl', () => {
  it.each(cases.map((recorded) => [recorded.id, recorded] as const))('%s', (_, recorded) => {
    const prompts = recorded.prompts.map((runs) => {
      const packed = packTokens(runs);
      return { packed, count: packed.length / 4, multimodal: [] };
    });
    const hashes = hashBlocks(
      { prompts, cacheSalt: recorded.cacheSalt },
      {
        model: recorded.targetModel,
        blockSizeTokens: recorded.blockSizeTokens,
        maxBlocks: recorded.maxBlocks ?? Number.POSITIVE_INFINITY,
      },
    );
    expect(hashText(hashes).filter((chain) => chain.length > 0)).toEqual(recorded.expected.hashes);
  });
});

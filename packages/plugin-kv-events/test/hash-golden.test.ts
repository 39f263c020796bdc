import { packTokens, readGolden } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { createHasher } from '../src/hash/create-hasher.ts';
import { mediaExtras } from '../src/hash/media-extras.ts';
import { promptKeys } from '../src/hash/prompt-keys.ts';
import { keyOf, keyText } from './hash-text.ts';

type Runs = readonly (readonly [number, number])[];

interface Config {
  readonly hashAlgorithm: 'cbor-fnv' | 'xxh64' | '';
  readonly hashSeed: string;
  readonly blockSizeTokens: number;
}

interface KeysCase {
  readonly id: string;
  readonly config: Config;
  readonly model: string;
  readonly tokens: Runs;
  readonly parentKey?: string;
  readonly blockExtras?: readonly (readonly string[] | null)[];
  readonly expected: { readonly keys?: readonly string[] | null; readonly error?: string };
}

interface Media {
  readonly modality: string;
  readonly hash: string;
  readonly offset: number;
  readonly length: number;
}

interface RequestCase {
  readonly id: string;
  readonly config: Config;
  readonly targetModel: string;
  readonly cacheSalt: string;
  readonly prompts: readonly { readonly tokens: Runs; readonly multimodal?: readonly Media[] }[];
  readonly expected: { readonly keysPerPrompt: readonly (readonly string[])[] };
}

interface ExtrasCase {
  readonly id: string;
  readonly function: string;
  readonly blockSize: number;
  readonly numTokens: number;
  readonly mmHashes: Readonly<Record<string, readonly string[]>>;
  readonly mmPlaceholders: Readonly<Record<string, readonly { readonly offset: number; readonly length: number }[]>>;
  readonly expected: { readonly perBlock: readonly (readonly string[] | null)[] | null };
}

const folder = new URL('./golden/', import.meta.url);
const named = <T extends { readonly id: string }>(cases: readonly T[]) =>
  cases.map((recorded) => [recorded.id, recorded] as const);

const hasherOf = async (config: Config) =>
  createHasher({ ...config, hashAlgorithm: config.hashAlgorithm === '' ? 'cbor-fnv' : config.hashAlgorithm });

describe('kvblock-keys.jsonl', () => {
  // A list of extras of another length than there are blocks is an error there. Here nobody can make one.
  const cases = readGolden<KeysCase>('kvblock-keys.jsonl', folder).filter(
    ({ expected }) => expected.error === undefined,
  );
  it.each(named(cases))('%s', async (_, { config, model, tokens, parentKey, blockExtras, expected }) => {
    const hasher = await hasherOf(config);
    const packed = packTokens(tokens);
    const count = Math.floor(packed.length / 4 / hasher.blockSizeTokens);
    const out = new Int32Array(2 * count);
    const extras = blockExtras?.map((texts) => texts ?? undefined);
    const parent = parentKey === undefined ? hasher.root(model) : keyOf(parentKey);
    hasher.chain(parent, new Uint32Array(packed.buffer), count, extras, out, 0);
    expect(Array.from({ length: count }, (_, i) => keyText(out, i))).toEqual(expected.keys ?? []);
  });
});

describe('kvblock-request-keys.jsonl', () => {
  it.each(named(readGolden<RequestCase>('kvblock-request-keys.jsonl', folder)))('%s', async (_, recorded) => {
    const { config, targetModel, cacheSalt, prompts, expected } = recorded;
    const keys = promptKeys(
      {
        cacheSalt,
        prompts: prompts.map(({ tokens, multimodal = [] }) => {
          const packed = packTokens(tokens);
          return { packed, count: packed.length / 4, multimodal };
        }),
      },
      targetModel,
      await hasherOf(config),
    );
    const perPrompt = prompts.map((_, p) => {
      const start = p === 0 ? 0 : keys.ends[p - 1]!;
      return Array.from({ length: keys.ends[p]! - start }, (_, i) => keyText(keys.words, start + i));
    });
    // Prompts without a full block are left out there.
    expect(perPrompt.filter((chain) => chain.length > 0)).toEqual(expected.keysPerPrompt);
  });
});

describe('kvblock-extra-features.jsonl', () => {
  const cases = readGolden<ExtrasCase>('kvblock-extra-features.jsonl', folder).filter(
    (recorded) => recorded.function === 'computeBlockExtraFeatures' && recorded.blockSize > 0,
  );
  it.each(named(cases))('%s', (_, { mmHashes, mmPlaceholders, blockSize, numTokens, expected }) => {
    const features = Object.entries(mmHashes).flatMap(([modality, hashes]) =>
      (mmPlaceholders[modality] ?? []).flatMap((place, i) =>
        hashes[i] === undefined ? [] : [{ modality, hash: hashes[i], ...place }],
      ),
    );
    const extras = mediaExtras(features, '', Math.floor(numTokens / blockSize), blockSize);
    const perBlock = extras?.map((texts) => (texts?.length ? texts : null)) ?? null;
    const none = (list: readonly unknown[] | null) => list === null || list.every((texts) => texts === null);
    if (none(expected.perBlock)) expect(none(perBlock)).toBe(true);
    else expect(perBlock).toEqual(expected.perBlock);
  });
});

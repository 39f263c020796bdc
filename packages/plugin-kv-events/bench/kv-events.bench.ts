import { encode } from '@msgpack/msgpack';
import { SeededRandom, type TokenizedPrompt } from '@pointsman/core';
import { readBatch } from '../src/events/read-batch.ts';
import type { BlockHasher } from '../src/hash/block-hasher.ts';
import { createHasher } from '../src/hash/create-hasher.ts';
import { promptKeys } from '../src/hash/prompt-keys.ts';
import { EngineCaches } from '../src/index-store/engine-caches.ts';
import { MatchTally } from '../src/index-store/match-tally.ts';
import { microseconds, retainedBytes } from './measure.ts';

/**
 * Events taken in, a prompt of 2,000 blocks looked up over 100 endpoints, and what a block takes in memory. 100 endpoints have the first
 * quarter of the prompt, 25 the first half, one nine tenths.
 */
const BLOCK = 16;
const ENDPOINTS = 100;
const PROMPT_BLOCKS = 2000;
/** Blocks that a request stores with one event. */
const EVENT_BLOCKS = 20;
const LIMITS = { maxBytes: 1 << 30, maxBlocks: 1e8 };
const MODEL = 'meta-llama/Llama-3.1-8B-Instruct';

const random = new SeededRandom(7, 1);
const results: Record<string, number> = {};
const show = (name: string, value: number, unit: string) => {
  results[name] = value;
  console.log(`${name.padEnd(58)} ${value.toFixed(1).padStart(10)} ${unit}`);
};

let named = 0;
/** A run of blocks as a model server announces it: hashes and tokens of its own. */
function payloadOf(tokens: readonly number[], firstHash: bigint, parent: bigint | null): Uint8Array {
  const hashes = Array.from({ length: tokens.length / BLOCK }, (_, i) => firstHash + BigInt(i));
  return encode([1, [['BlockStored', hashes, parent, tokens, BLOCK, null, 'GPU', null, null]], 0], {
    useBigInt64: true,
  });
}
const hashBase = () => BigInt.asUintN(64, 0x9e3779b97f4a7c15n * BigInt(++named));
const anyTokens = (blocks: number) => Array.from({ length: blocks * BLOCK }, () => random.below(128_000));
const promptOf = (tokens: readonly number[]): TokenizedPrompt => ({
  prompts: [{ packed: new Uint8Array(Uint32Array.from(tokens).buffer), count: tokens.length, multimodal: [] }],
  cacheSalt: '',
});

async function bench(algorithm: 'cbor-fnv' | 'xxh64'): Promise<void> {
  const hasher: BlockHasher = await createHasher({ blockSizeTokens: BLOCK, hashSeed: '', hashAlgorithm: algorithm });
  const payloads = Array.from({ length: 5000 }, () => payloadOf(anyTokens(EVENT_BLOCKS), hashBase(), null));
  let caches = new EngineCaches(hasher, LIMITS);
  let endpoints = Array.from({ length: ENDPOINTS }, () => caches.add());
  let at = 0;
  const event = microseconds(() => {
    if (at % payloads.length === 0) {
      caches = new EngineCaches(hasher, LIMITS);
      endpoints = Array.from({ length: ENDPOINTS }, () => caches.add());
    }
    const cache = endpoints[at % ENDPOINTS]!;
    readBatch(payloads[at++ % payloads.length]!, (stored) => cache.apply(stored, MODEL));
  }, 500);
  show(`${algorithm}: an event of ${EVENT_BLOCKS} blocks`, event, 'us');
  show(`${algorithm}: events a second`, 1e6 / event, '');

  const tokens = anyTokens(PROMPT_BLOCKS);
  const prompt = promptOf(tokens);
  for (const [i, cache] of endpoints.entries()) {
    const share = i === 0 ? 0.9 : i < 25 ? 0.5 : 0.25;
    readBatch(payloadOf(tokens.slice(0, share * tokens.length), hashBase(), null), (stored) =>
      cache.apply(stored, MODEL),
    );
  }
  const keys = promptKeys(prompt, MODEL, hasher);
  const tally = new MatchTally();
  show(
    `${algorithm}: keys of ${PROMPT_BLOCKS} blocks`,
    microseconds(() => promptKeys(prompt, MODEL, hasher), 20),
    'us',
  );
  if (algorithm === 'xxh64') return;
  const lookUp = () => {
    tally.restart(caches.index.columns);
    caches.index.match(keys.words, 0, keys.count, [0], [1], tally);
  };
  show(`${PROMPT_BLOCKS} blocks looked up, ${ENDPOINTS} endpoints`, microseconds(lookUp, 50), 'us');
  if (tally.blocks[endpoints[0]!.column] !== 0.9 * PROMPT_BLOCKS) throw new Error('the look-up found something else');
  show(
    'an endpoint with 1,000 blocks forgotten',
    microseconds(() => endpoints[7]!.forget(), 50),
    'us',
  );
}

await bench('cbor-fnv');
await bench('xxh64');

/** 200,000 different blocks, each at one endpoint; then each at ten. */
for (const holders of [1, 10]) {
  const hasher = await createHasher({ blockSizeTokens: BLOCK, hashSeed: '', hashAlgorithm: 'cbor-fnv' });
  const payloads = Array.from({ length: 5000 }, () => payloadOf(anyTokens(40), hashBase(), null));
  let index = 0;
  const bytes = retainedBytes(() => {
    const caches = new EngineCaches(hasher, LIMITS);
    const endpoints = Array.from({ length: ENDPOINTS }, () => caches.add());
    for (const [i, payload] of payloads.entries()) {
      for (let h = 0; h < holders; h++) {
        readBatch(payload, (stored) => endpoints[(i + 7 * h) % ENDPOINTS]!.apply(stored, MODEL));
      }
    }
    index = caches.index.bytes / caches.index.blocks;
    return caches;
  });
  show(`bytes a block, ${holders} of ${ENDPOINTS} endpoints have it: all`, bytes / 200_000, 'bytes');
  show(`bytes a block, ${holders} of ${ENDPOINTS} endpoints have it: index`, index, 'bytes');
}

if (process.env['BENCH_JSON'] === '1') console.log(JSON.stringify(results));

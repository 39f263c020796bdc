import { SeededRandom, type TokenizedPrompt } from '@pointsman/core';
import xxhash from 'xxhash-wasm';
import { hashBlocks } from '../src/hash/hash-blocks.ts';
import { BlockHolders } from '../src/index-store/block-holders.ts';
import { PrefixIndex } from '../src/index-store/prefix-index.ts';
import { MapIndex } from './map-index.ts';
import { inTurns, retainedBytes } from './measure.ts';

/**
 * Hashing, matching and recording of prompts against a library's hashes in maps and sets, and the memory of both.
 * 16 endpoints know the first quarter of each prompt, 4 the first half, one nine tenths.
 */
const BLOCK_TOKENS = 64;
const BLOCK_BYTES = 4 * BLOCK_TOKENS;
const MODEL = 'meta-llama/Llama-3.1-8B-Instruct';
const OPTIONS = { model: MODEL, blockSizeTokens: BLOCK_TOKENS, maxBlocks: Number.POSITIVE_INFINITY };
const ENDPOINTS = 16;
const CAPACITY = 31_250;
const SIZES = [
  ['1,024 bytes', 256],
  ['1k tokens', 1_000],
  ['10,000 bytes', 2_500],
  ['10k tokens', 10_000],
  ['50,000 bytes', 12_500],
  ['100k tokens', 100_000],
] as const;

const { h64Raw } = await xxhash();
const random = new SeededRandom(7, 1);
const results: Record<string, unknown> = {};

function promptOf(tokens: number): TokenizedPrompt {
  const packed = new Uint8Array(Uint32Array.from({ length: tokens }, () => random.below(128_000)).buffer);
  return { prompts: [{ packed, count: tokens, multimodal: [] }], cacheSalt: '' };
}

function beginningOf({ prompts, cacheSalt }: TokenizedPrompt, share: number): TokenizedPrompt {
  const count = Math.floor((prompts[0]!.count * share) / BLOCK_TOKENS) * BLOCK_TOKENS;
  return { prompts: [{ packed: prompts[0]!.packed.subarray(0, 4 * count), count, multimodal: [] }], cacheSalt };
}

console.log(
  'prompt          hash us  match us  record us   with maps: hash    match   record     ratio (hash + match)',
);
for (const [name, tokens] of SIZES) {
  const prompt = promptOf(tokens);
  const index = new PrefixIndex(1 << 28);
  const maps = new MapIndex(h64Raw);
  for (let endpoint = 0; endpoint < ENDPOINTS; endpoint++) {
    const part = beginningOf(prompt, endpoint === 0 ? 0.9 : endpoint < 4 ? 0.5 : 0.25);
    index.record(hashBlocks(part, OPTIONS), endpoint, CAPACITY);
    maps.record(maps.hashes(part, MODEL, BLOCK_BYTES), `default/server-${endpoint}`, CAPACITY);
  }
  const hashes = hashBlocks(prompt, OPTIONS);
  const chains = maps.hashes(prompt, MODEL, BLOCK_BYTES);
  const matched = new Float64Array(ENDPOINTS);
  const times = Math.max(3, Math.round(300_000 / (tokens + 200)));
  const [hash = 0, match = 0, record = 0, mapHash = 0, mapMatch = 0, mapRecord = 0] = inTurns(
    [
      () => hashBlocks(prompt, OPTIONS),
      () => index.match(hashes, matched),
      () => index.record(hashes, 0, CAPACITY),
      () => maps.hashes(prompt, MODEL, BLOCK_BYTES),
      () => maps.match(chains),
      () => maps.record(chains, 'default/server-0', CAPACITY),
    ],
    times,
  );
  const ratio = (hash + match) / (mapHash + mapMatch);
  results[name] = { hash, match, record, mapHash, mapMatch, mapRecord, ratio };
  const columns = [hash, match, record, mapHash, mapMatch, mapRecord].map((us) => us.toFixed(2).padStart(9));
  console.log(`${name.padEnd(14)}${columns.join(' ')} ${ratio.toFixed(3).padStart(9)}`);
}

/** Different prompts of 40 blocks, one endpoint each. */
const BLOCKS = 200_000;
const many = Array.from({ length: BLOCKS / 40 }, () => promptOf(40 * BLOCK_TOKENS));
const bytesPerBlock =
  retainedBytes(() => {
    const index = new PrefixIndex(1 << 28);
    for (const [i, prompt] of many.entries()) index.record(hashBlocks(prompt, OPTIONS), i % ENDPOINTS, CAPACITY);
    return index;
  }) / BLOCKS;
const mapBytesPerBlock =
  retainedBytes(() => {
    const maps = new MapIndex(h64Raw);
    for (const [i, prompt] of many.entries()) {
      maps.record(maps.hashes(prompt, MODEL, BLOCK_BYTES), `default/server-${i % ENDPOINTS}`, CAPACITY);
    }
    return maps;
  }) / BLOCKS;
results['bytesPerBlock'] = { index: bytesPerBlock, maps: mapBytesPerBlock, ratio: bytesPerBlock / mapBytesPerBlock };
console.log(`\nbytes a block: ${bytesPerBlock.toFixed(1)}; with maps ${mapBytesPerBlock.toFixed(1)}`);

const budget = 1 << 20;
const small = new PrefixIndex(budget);
const wanted = 10 * Math.floor(budget / (BlockHolders.bytesFor(1 << 14) / (1 << 14)));
let mostBytes = 0;
for (let given = 0, i = 0; given < wanted; given += 40, i++) {
  small.record(hashBlocks(many[i % many.length]!, { ...OPTIONS, model: `${MODEL}-${i}` }), i % ENDPOINTS, CAPACITY);
  mostBytes = Math.max(mostBytes, small.bytes);
}
results['underBudget'] = { budget, given: wanted, entries: small.entries, evicted: small.evicted, mostBytes };
console.log(
  `budget of ${budget} bytes, ${wanted} blocks given: at most ${mostBytes} bytes, ${small.entries} blocks kept, ${small.evicted} evicted`,
);

if (process.env['BENCH_JSON'] === '1') console.log(JSON.stringify(results));

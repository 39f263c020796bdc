import xxhash from 'xxhash-wasm';
import type { BlockHasher } from './block-hasher.ts';
import { CborFnvHasher } from './cbor-fnv-hasher.ts';
import { Xxh64Hasher } from './xxh64-hasher.ts';

/** How keys are computed. Independent of how model servers hash: their hashes are only names here. */
export interface HashOptions {
  readonly blockSizeTokens: number;
  readonly hashSeed: string;
  readonly hashAlgorithm: 'cbor-fnv' | 'xxh64';
}

/** Makes the hasher of these options; `xxh64` has to be compiled first. */
export function createHasher({
  blockSizeTokens,
  hashSeed,
  hashAlgorithm,
}: HashOptions): BlockHasher | Promise<BlockHasher> {
  if (hashAlgorithm === 'cbor-fnv') return new CborFnvHasher(blockSizeTokens, hashSeed);
  return xxhash().then(({ h64Raw }) => new Xxh64Hasher(blockSizeTokens, hashSeed, h64Raw));
}

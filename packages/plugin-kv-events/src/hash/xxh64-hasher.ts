import type { BlockExtras, BlockHasher } from './block-hasher.ts';
import { ModelRoots } from './model-roots.ts';

const encoder = new TextEncoder();
const NO_TOKENS = new Uint32Array(0);

/** XXH64, seed 0, of some bytes. */
export type Xxh64 = (bytes: Uint8Array) => bigint;

/**
 * llm-d's `xxh64`. With X = XXH64: init = X(seed), and each key is X of the key before (8 bytes), the tokens (4 bytes each) and, for
 * each extra, its length (8 bytes) and its bytes, all integers in little-endian order. The root has init before it, no tokens, and
 * the model as its extra.
 */
export class Xxh64Hasher implements BlockHasher {
  readonly blockSizeTokens: number;
  readonly #hash: Xxh64;
  readonly #roots: ModelRoots;
  #block = new Uint8Array(0);
  #view = new DataView(this.#block.buffer);

  constructor(blockSizeTokens: number, seed: string, hash: Xxh64) {
    this.blockSizeTokens = blockSizeTokens;
    this.#hash = hash;
    const init = hash(encoder.encode(seed));
    this.#roots = new ModelRoots((model, out) => this.#digest(init, NO_TOKENS, 0, 0, [model], out, 0));
  }

  root(model: string): Int32Array {
    return this.#roots.of(model);
  }

  chain(
    parent: Int32Array,
    tokens: Uint32Array,
    count: number,
    extras: BlockExtras | undefined,
    out: Int32Array,
    at: number,
  ): void {
    const size = this.blockSizeTokens;
    let key = BigInt.asUintN(64, (BigInt(parent[1]!) << 32n) | BigInt(parent[0]! >>> 0));
    for (let i = 0; i < count; i++) key = this.#digest(key, tokens, i * size, (i + 1) * size, extras?.[i], out, at + i);
  }

  #digest(
    parent: bigint,
    tokens: Uint32Array,
    from: number,
    to: number,
    extras: readonly string[] | undefined,
    out: Int32Array,
    at: number,
  ): bigint {
    const texts = (extras ?? []).map((text) => encoder.encode(text));
    const length = 8 + 4 * (to - from) + texts.reduce((sum, text) => sum + 8 + text.length, 0);
    if (this.#block.length < length) {
      this.#block = new Uint8Array(2 * length);
      this.#view = new DataView(this.#block.buffer);
    }
    const view = this.#view;
    view.setBigUint64(0, parent, true);
    let end = 8;
    for (let i = from; i < to; i++, end += 4) view.setUint32(end, tokens[i]!, true);
    for (const text of texts) {
      view.setBigUint64(end, BigInt(text.length), true);
      this.#block.set(text, end + 8);
      end += 8 + text.length;
    }
    const key = this.#hash(this.#block.subarray(0, length));
    out[2 * at] = Number(BigInt.asIntN(32, key));
    out[2 * at + 1] = Number(BigInt.asIntN(32, key >> 32n));
    return key;
  }
}

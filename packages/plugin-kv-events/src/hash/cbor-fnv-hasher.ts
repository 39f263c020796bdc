import type { BlockExtras, BlockHasher } from './block-hasher.ts';
import { CborWriter } from './cbor-writer.ts';
import { fnv1a64 } from './fnv1a-64.ts';
import { ModelRoots } from './model-roots.ts';

/**
 * llm-d's `cbor-fnv`. With F = FNV-1a-64 and C = canonical CBOR: init = F(seed), root = F(C([init, null, model])), and for each
 * block F(C([key before, [tokens], extras])), where extras are null or a list of `{"Hash": text}`.
 */
export class CborFnvHasher implements BlockHasher {
  readonly blockSizeTokens: number;
  readonly #cbor = new CborWriter();
  readonly #roots: ModelRoots;

  constructor(blockSizeTokens: number, seed: string) {
    this.blockSizeTokens = blockSizeTokens;
    const init = new Int32Array(2);
    const utf8 = new TextEncoder().encode(seed);
    fnv1a64(utf8, utf8.length, init, 0);
    this.#roots = new ModelRoots((model, out) => {
      const cbor = this.#cbor;
      cbor.restart(64);
      cbor.array(3);
      cbor.key(init[0]!, init[1]!);
      cbor.null();
      cbor.text(model);
      fnv1a64(cbor.bytes, cbor.length, out, 0);
    });
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
    const cbor = this.#cbor;
    const size = this.blockSizeTokens;
    let low = parent[0]!;
    let high = parent[1]!;
    for (let i = 0; i < count; i++) {
      cbor.restart(32 + 5 * size);
      cbor.array(3);
      cbor.key(low, high);
      cbor.integers(tokens, i * size, (i + 1) * size);
      const texts = extras?.[i];
      if (texts === undefined || texts.length === 0) {
        cbor.null();
      } else {
        cbor.array(texts.length);
        for (const text of texts) cbor.pair('Hash', text);
      }
      fnv1a64(cbor.bytes, cbor.length, out, at + i);
      low = out[2 * (at + i)]!;
      high = out[2 * (at + i) + 1]!;
    }
  }
}

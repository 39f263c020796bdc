import type { TokenizedPrompt } from '@pointsman/core';

/** The baseline: the same hashes from a library, and an index of maps, sets and big integers. */
export class MapIndex {
  readonly #hash: (bytes: Uint8Array) => bigint;
  readonly #endpointsOf = new Map<bigint, Set<string>>();
  /** Of each endpoint, its blocks, oldest first. */
  readonly #blocksOf = new Map<string, Set<bigint>>();

  constructor(hash: (bytes: Uint8Array) => bigint) {
    this.#hash = hash;
  }

  get entries(): number {
    let sum = 0;
    for (const blocks of this.#blocksOf.values()) sum += blocks.size;
    return sum;
  }

  hashes(prompt: TokenizedPrompt, model: string, blockBytes: number): bigint[][] {
    const link = new Uint8Array(16);
    const view = new DataView(link.buffer);
    return prompt.prompts.map(({ packed }) => {
      let previous = this.#hash(new TextEncoder().encode(model + prompt.cacheSalt));
      const chain: bigint[] = [];
      for (let at = 0; at < packed.length; at += blockBytes) {
        view.setBigUint64(0, this.#hash(packed.subarray(at, at + blockBytes)), true);
        view.setBigUint64(8, previous, true);
        previous = this.#hash(link);
        chain.push(previous);
      }
      return chain;
    });
  }

  match(chains: readonly (readonly bigint[])[]): Map<string, number> {
    const matched = new Map<string, number>();
    for (const chain of chains) {
      for (const hash of chain) {
        const endpoints = this.#endpointsOf.get(hash);
        if (endpoints === undefined) break;
        for (const endpoint of endpoints) matched.set(endpoint, (matched.get(endpoint) ?? 0) + 1);
      }
    }
    return matched;
  }

  record(chains: readonly (readonly bigint[])[], endpoint: string, capacity: number): void {
    const blocks = this.#blocksOf.get(endpoint) ?? new Set();
    this.#blocksOf.set(endpoint, blocks);
    for (const hash of chains.flat()) {
      blocks.delete(hash);
      blocks.add(hash);
      const endpoints = this.#endpointsOf.get(hash);
      if (endpoints === undefined) this.#endpointsOf.set(hash, new Set([endpoint]));
      else endpoints.add(endpoint);
      if (blocks.size > capacity) this.#evict(endpoint, blocks);
    }
  }

  #evict(endpoint: string, blocks: Set<bigint>): void {
    const [oldest] = blocks;
    blocks.delete(oldest!);
    const endpoints = this.#endpointsOf.get(oldest!);
    endpoints?.delete(endpoint);
    if (endpoints?.size === 0) this.#endpointsOf.delete(oldest!);
  }
}

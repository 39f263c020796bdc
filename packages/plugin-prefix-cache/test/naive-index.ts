/** The index as its documentation has it, over maps and lists, without a budget. */
export class NaiveIndex {
  /** Of each endpoint, its blocks, oldest first. */
  readonly #blocks = new Map<string, Set<string>>();
  /** Endpoints that have ever lost a block to a newer one. */
  readonly overflowed = new Set<string>();

  /** Blocks at the beginning of each prompt that the endpoint has, summed. */
  match(chains: readonly (readonly string[])[], endpoint: string): number {
    const blocks = this.#blocks.get(endpoint);
    let sum = 0;
    for (const chain of chains) {
      const missing = chain.findIndex((hash) => blocks?.has(hash) !== true);
      sum += missing === -1 ? chain.length : missing;
    }
    return sum;
  }

  /** The last block of a prompt becomes the oldest of it. */
  record(chains: readonly (readonly string[])[], endpoint: string, capacity: number): void {
    const blocks = this.#blocks.get(endpoint) ?? new Set();
    this.#blocks.set(endpoint, blocks);
    const trim = (limit: number) => {
      while (blocks.size > limit) {
        const [oldest] = blocks;
        blocks.delete(oldest!);
        this.overflowed.add(endpoint);
      }
    };
    trim(capacity);
    for (const chain of chains.toReversed()) {
      for (const hash of chain.toReversed()) {
        blocks.delete(hash);
        blocks.add(hash);
        trim(capacity);
      }
    }
  }

  remove(endpoint: string): void {
    this.#blocks.delete(endpoint);
    this.overflowed.delete(endpoint);
  }

  /** How many different blocks there are. */
  blocks(): number {
    return new Set([...this.#blocks.values()].flatMap((blocks) => [...blocks])).size;
  }

  /** How many blocks each endpoint has, without those that have none. */
  sizes(): Record<string, number> {
    return Object.fromEntries(
      [...this.#blocks].filter(([, blocks]) => blocks.size > 0).map(([endpoint, blocks]) => [endpoint, blocks.size]),
    );
  }
}

import type { BlockHashes } from '../hash/block-hashes.ts';
import { BlockHolders } from './block-holders.ts';

/**
 * Which endpoint has which prompts, block by block, within a budget of bytes.
 *
 * Of a prompt, the last block is taken in first and the first one last, so a block is never older than what follows it, and
 * what is evicted is always the end of a prompt. Hence an endpoint that has a block has all blocks before it, and the
 * endpoints that have a block are among those that have the one before: what {@link match} makes use of.
 */
export class PrefixIndex {
  readonly #holders = new BlockHolders();
  /** Which pass of {@link match} has seen each row. */
  #seen = new Int32Array(0);
  #pass = 0;
  #budgetBytes: number;
  #evicted = 0;

  /** @param budgetBytes what the blocks may take at most; each endpoint takes 16 bytes beside it */
  constructor(budgetBytes: number) {
    this.#budgetBytes = budgetBytes;
  }

  /** Bytes taken now by blocks. */
  get bytes(): number {
    return BlockHolders.bytesFor(this.#holders.capacity);
  }

  /** Pairs of endpoint and block. */
  get entries(): number {
    return this.#holders.entries;
  }

  /** Different blocks. */
  get blocks(): number {
    return this.#holders.blocks;
  }

  /** Entries that made room for others so far. */
  get evicted(): number {
    return this.#evicted;
  }

  /** Blocks of the endpoint in this row. */
  blocksOf(row: number): number {
    return this.#holders.countOf(row);
  }

  /** How many blocks at the beginning of the prompts the endpoint in this row has, summed over prompts. */
  matchOf({ words, ends }: BlockHashes, row: number): number {
    let sum = 0;
    for (let p = 0, start = 0; p < ends.length; start = ends[p++]!) {
      let low = start;
      let high = ends[p]!;
      while (low < high) {
        const middle = (low + high) >>> 1;
        const block = this.#block(words, middle);
        if (block !== 0 && this.#holders.entry(block, row) !== 0) low = middle + 1;
        else high = middle;
      }
      sum += low - start;
    }
    return sum;
  }

  /**
   * Adds to `matched[row]`, for every endpoint, how many blocks at the beginning of each prompt it has. Takes a number of
   * look-ups that grows with the logarithm of the prompt's length and with how many different answers there are.
   */
  match({ words, ends }: BlockHashes, matched: Float64Array): void {
    for (let p = 0, start = 0; p < ends.length; start = ends[p++]!) {
      const length = this.#longestMatch(words, start, ends[p]!);
      if (length === 0) continue;
      this.#nextPass();
      for (let depth = length - 1; depth >= 0; ) {
        const block = this.#block(words, start + depth);
        this.#addUnseen(block, depth + 1, matched);
        depth = this.#lastWithMore(words, start, depth, this.#holders.holdersOf(block));
      }
    }
  }

  /**
   * Takes in that the endpoint in this row has these blocks, as the newest.
   * @param capacity how many blocks the endpoint can have, at least 1; its oldest ones are evicted
   */
  record({ words, ends }: BlockHashes, row: number, capacity: number): void {
    this.#holders.reachRow(row);
    while (this.#holders.countOf(row) > capacity) this.#evict(this.#holders.oldestOf(row));
    for (let p = ends.length - 1; p >= 0; p--) {
      const start = p === 0 ? 0 : ends[p - 1]!;
      for (let i = ends[p]! - 1; i >= start; i--) this.#touch(words[2 * i]!, words[2 * i + 1]!, row, capacity);
    }
  }

  /** Forgets the endpoint in this row. */
  removeRow(row: number): void {
    const holders = this.#holders;
    while (holders.countOf(row) > 0) holders.remove(holders.oldestOf(row));
  }

  /** The index within another budget: this one, or a copy with what is newest. */
  within(budgetBytes: number): PrefixIndex {
    if (this.bytes <= budgetBytes) {
      this.#budgetBytes = budgetBytes;
      return this;
    }
    const copy = new PrefixIndex(budgetBytes);
    while (copy.#holders.capacity < this.entries && copy.#grow());
    let oldest = this.#holders.oldest;
    for (let surplus = this.entries - copy.#holders.capacity; surplus > 0; surplus--) {
      oldest = this.#holders.newerThan(oldest);
    }
    copy.#holders.addAllFrom(this.#holders, oldest);
    return copy;
  }

  #block(words: Int32Array, i: number): number {
    return this.#holders.block(words[2 * i]!, words[2 * i + 1]!);
  }

  /** How many blocks from `start` on anybody has. */
  #longestMatch(words: Int32Array, start: number, end: number): number {
    let low = start;
    let high = end;
    // Short matches are the common ones: steps of 1, 2, 4, ... before halving.
    for (let step = 1; low < high; step *= 2) {
      const probe = Math.min(low + step, high) - 1;
      if (this.#block(words, probe) === 0) {
        high = probe;
        break;
      }
      low = probe + 1;
    }
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#block(words, middle) === 0) high = middle;
      else low = middle + 1;
    }
    return low - start;
  }

  /** Depth of the last block before `depth` that more endpoints have; -1 for none. Equal numbers are equal sets. */
  #lastWithMore(words: Int32Array, start: number, depth: number, holders: number): number {
    let low = 0;
    let high = depth;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#holders.holdersOf(this.#block(words, start + middle)) > holders) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #addUnseen(block: number, length: number, matched: Float64Array): void {
    const holders = this.#holders;
    const seen = this.#seen;
    for (let entry = holders.firstEntryOf(block); entry !== 0; entry = holders.siblingOf(entry)) {
      const row = holders.rowOf(entry);
      if (seen[row] === this.#pass) continue;
      seen[row] = this.#pass;
      matched[row]! += length;
    }
  }

  #nextPass(): void {
    if (this.#seen.length < this.#holders.rows || this.#pass === 0x7fff_ffff) {
      this.#seen = new Int32Array(this.#holders.rows);
      this.#pass = 0;
    }
    this.#pass++;
  }

  #touch(low: number, high: number, row: number, capacity: number): void {
    const holders = this.#holders;
    const block = holders.block(low, high);
    const known = block === 0 ? 0 : holders.entry(block, row);
    if (known !== 0) {
      holders.renew(known);
      return;
    }
    if (holders.countOf(row) >= capacity) this.#evict(holders.oldestOf(row));
    else if (holders.entries === holders.capacity && !this.#grow()) this.#evict(holders.oldest);
    holders.add(low, high, row);
  }

  #evict(entry: number): void {
    this.#evicted++;
    this.#holders.remove(entry);
  }

  /** Makes room for more entries if the budget allows it. */
  #grow(): boolean {
    const { capacity } = this.#holders;
    for (const factor of [2, 1.5, 1.25, 1.1]) {
      const wanted = Math.floor(capacity * factor);
      if (BlockHolders.bytesFor(wanted) > this.#budgetBytes) continue;
      this.#holders.grow(wanted);
      return true;
    }
    return false;
  }
}

import type { BlockHashes } from '../hash/block-hashes.ts';
import { PairTable } from './pair-table.ts';

/** Fields of a block: the two words of its hash, the first of its entries, and how many there are. */
const BLOCK_STRIDE = 4;
const FIRST_ENTRY = 2;
const HOLDERS = 3;

/** Fields of an entry, "this endpoint has this block": both, then its neighbours in three lists. */
const ENTRY_STRIDE = 8;
const BLOCK = 0;
const ROW = 1;
/** Among the entries of the block. */
const SIBLING_BEFORE = 2;
const SIBLING_AFTER = 3;
/** Among the entries of the endpoint, and among all entries; `NEWER` of the newest and `OLDER` of the oldest are 0. */
const NEWER_OF_ROW = 4;
const OLDER_OF_ROW = 5;
const NEWER = 6;
const OLDER = 7;

const FIRST_CAPACITY = 64;

/**
 * Which endpoint has which blocks of which prompts, in typed arrays within a budget of bytes.
 *
 * Each endpoint has a list of its blocks by age, and there is one over all. Of a prompt, the last block is taken in first
 * and the first one last, so a block is never older than what follows it, and what is evicted is always the end of a
 * prompt. Hence an endpoint that has a block has all blocks before it, and the endpoints that have a block are among
 * those that have the one before: what {@link match} makes use of.
 */
export class PrefixIndex {
  readonly #blocks = new PairTable(BLOCK_STRIDE, FIRST_CAPACITY);
  readonly #entries = new PairTable(ENTRY_STRIDE, FIRST_CAPACITY);
  #newest = 0;
  #oldest = 0;
  /** Of each endpoint, by row. */
  #newestOf = new Int32Array(0);
  #oldestOf = new Int32Array(0);
  #countOf = new Int32Array(0);
  /** Which pass of {@link match} has seen the row. */
  #seen = new Int32Array(0);
  #pass = 0;
  #budgetBytes: number;
  #evicted = 0;

  /** @param budgetBytes what the blocks may take at most; each endpoint takes 16 bytes beside it */
  constructor(budgetBytes: number) {
    this.#budgetBytes = budgetBytes;
  }

  /** Bytes of the tables for so many entries. */
  static bytesFor(entries: number): number {
    return PairTable.bytesFor(BLOCK_STRIDE, entries) + PairTable.bytesFor(ENTRY_STRIDE, entries);
  }

  /** Bytes taken now by blocks. */
  get bytes(): number {
    return PrefixIndex.bytesFor(this.#entries.capacity);
  }

  /** Pairs of endpoint and block. */
  get entries(): number {
    return this.#entries.count;
  }

  /** Different blocks. */
  get blocks(): number {
    return this.#blocks.count;
  }

  /** Entries that made room for others so far. */
  get evicted(): number {
    return this.#evicted;
  }

  /** Blocks of the endpoint in this row. */
  blocksOf(row: number): number {
    return this.#countOf[row] ?? 0;
  }

  /** How many blocks at the beginning of the prompts the endpoint in this row has, summed over prompts. */
  matchOf(hashes: BlockHashes, row: number): number {
    let sum = 0;
    for (let p = 0, start = 0; p < hashes.ends.length; start = hashes.ends[p++]!) {
      let low = start;
      let high = hashes.ends[p]!;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (this.#holds(hashes.words, middle, row)) low = middle + 1;
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
  match(hashes: BlockHashes, matched: Float64Array): void {
    const blocks = this.#blocks;
    const { words, ends } = hashes;
    for (let p = 0, start = 0; p < ends.length; start = ends[p++]!) {
      const length = this.#longestMatch(words, start, ends[p]!);
      if (length === 0) continue;
      this.#nextPass();
      let depth = length - 1;
      for (;;) {
        const block = blocks.find(words[2 * (start + depth)]!, words[2 * (start + depth) + 1]!);
        this.#addUnseen(block, depth + 1, matched);
        const holders = this.#holdersAt(block);
        // Upwards to the last block that more endpoints have. Equal numbers are equal sets.
        let low = 0;
        let high = depth;
        while (low < high) {
          const middle = (low + high) >>> 1;
          const other = blocks.find(words[2 * (start + middle)]!, words[2 * (start + middle) + 1]!);
          if (this.#holdersAt(other) > holders) low = middle + 1;
          else high = middle;
        }
        if (low === 0) break;
        depth = low - 1;
      }
    }
  }

  /**
   * Takes in that the endpoint in this row has these blocks, as the newest.
   * @param capacity how many blocks the endpoint can have, at least 1; its oldest ones are evicted
   */
  record(hashes: BlockHashes, row: number, capacity: number): void {
    this.#reachRow(row);
    const { words, ends } = hashes;
    while (this.#countOf[row]! > capacity) this.#evict(this.#oldestOf[row]!);
    for (let p = ends.length - 1; p >= 0; p--) {
      const start = p === 0 ? 0 : ends[p - 1]!;
      for (let i = ends[p]! - 1; i >= start; i--) this.#touch(words[2 * i]!, words[2 * i + 1]!, row, capacity);
    }
  }

  /** Forgets the endpoint in this row. */
  removeRow(row: number): void {
    if (row >= this.#countOf.length) return;
    while (this.#oldestOf[row] !== 0) this.#removeEntry(this.#oldestOf[row]!);
  }

  /** The index within another budget: this one, or a copy with what is newest. */
  within(budgetBytes: number): PrefixIndex {
    if (this.bytes <= budgetBytes) {
      this.#budgetBytes = budgetBytes;
      return this;
    }
    const copy = new PrefixIndex(budgetBytes);
    for (let entry = this.#oldest; entry !== 0; entry = this.#entries.data[entry * ENTRY_STRIDE + NEWER]!) {
      const at = entry * ENTRY_STRIDE;
      const block = this.#entries.data[at + BLOCK]! * BLOCK_STRIDE;
      const row = this.#entries.data[at + ROW]!;
      copy.#reachRow(row);
      copy.#touch(this.#blocks.data[block]!, this.#blocks.data[block + 1]!, row, Number.POSITIVE_INFINITY);
    }
    return copy;
  }

  #holds(words: Int32Array, i: number, row: number): boolean {
    const block = this.#blocks.find(words[2 * i]!, words[2 * i + 1]!);
    return block !== 0 && this.#entries.find(block, row) !== 0;
  }

  /** How many hashes from `start` on anybody has. */
  #longestMatch(words: Int32Array, start: number, end: number): number {
    const blocks = this.#blocks;
    let low = start;
    // Short matches are the common ones: steps of 1, 2, 4, ... before halving.
    for (let step = 1; low < end; step *= 2) {
      const probe = Math.min(low + step, end) - 1;
      if (blocks.find(words[2 * probe]!, words[2 * probe + 1]!) === 0) {
        end = probe;
        break;
      }
      low = probe + 1;
    }
    while (low < end) {
      const middle = (low + end) >>> 1;
      if (blocks.find(words[2 * middle]!, words[2 * middle + 1]!) === 0) end = middle;
      else low = middle + 1;
    }
    return low - start;
  }

  #holdersAt(block: number): number {
    return this.#blocks.data[block * BLOCK_STRIDE + HOLDERS]!;
  }

  #addUnseen(block: number, length: number, matched: Float64Array): void {
    const entries = this.#entries.data;
    const seen = this.#seen;
    const pass = this.#pass;
    let entry = this.#blocks.data[block * BLOCK_STRIDE + FIRST_ENTRY]!;
    while (entry !== 0) {
      const at = entry * ENTRY_STRIDE;
      const row = entries[at + ROW]!;
      if (seen[row] !== pass) {
        seen[row] = pass;
        matched[row]! += length;
      }
      entry = entries[at + SIBLING_AFTER]!;
    }
  }

  #nextPass(): void {
    if (this.#pass === 0x7fff_ffff) {
      this.#seen.fill(0);
      this.#pass = 0;
    }
    this.#pass++;
  }

  #touch(low: number, high: number, row: number, capacity: number): void {
    const blocks = this.#blocks;
    let block = blocks.find(low, high);
    const known = block === 0 ? 0 : this.#entries.find(block, row);
    if (known !== 0) {
      this.#renew(known, row);
      return;
    }
    if (this.#countOf[row]! >= capacity) this.#evict(this.#oldestOf[row]!);
    else if (this.#entries.count === this.#entries.capacity && !this.#grow()) this.#evict(this.#oldest);
    // What made room may have been the last entry of this very block.
    if (block !== 0 && this.#holdersAt(block) === 0) block = 0;
    if (block === 0) block = blocks.add(low, high);
    this.#addEntry(block, row);
  }

  #addEntry(block: number, row: number): void {
    const entry = this.#entries.add(block, row);
    const entries = this.#entries.data;
    const blocks = this.#blocks.data;
    const at = entry * ENTRY_STRIDE;
    const blockAt = block * BLOCK_STRIDE;
    const sibling = blocks[blockAt + FIRST_ENTRY]!;
    entries[at + SIBLING_AFTER] = sibling;
    if (sibling !== 0) entries[sibling * ENTRY_STRIDE + SIBLING_BEFORE] = entry;
    blocks[blockAt + FIRST_ENTRY] = entry;
    blocks[blockAt + HOLDERS]!++;
    this.#countOf[row]!++;
    this.#linkNewest(entry, row);
  }

  #renew(entry: number, row: number): void {
    if (this.#newest === entry) return;
    this.#unlink(entry, row);
    this.#linkNewest(entry, row);
  }

  #evict(entry: number): void {
    this.#evicted++;
    this.#removeEntry(entry);
  }

  #removeEntry(entry: number): void {
    const entries = this.#entries.data;
    const blocks = this.#blocks.data;
    const at = entry * ENTRY_STRIDE;
    const block = entries[at + BLOCK]!;
    const row = entries[at + ROW]!;
    const before = entries[at + SIBLING_BEFORE]!;
    const after = entries[at + SIBLING_AFTER]!;
    if (before === 0) blocks[block * BLOCK_STRIDE + FIRST_ENTRY] = after;
    else entries[before * ENTRY_STRIDE + SIBLING_AFTER] = after;
    if (after !== 0) entries[after * ENTRY_STRIDE + SIBLING_BEFORE] = before;
    this.#unlink(entry, row);
    this.#countOf[row]!--;
    this.#entries.remove(entry);
    if (--blocks[block * BLOCK_STRIDE + HOLDERS]! === 0) this.#blocks.remove(block);
  }

  #linkNewest(entry: number, row: number): void {
    const entries = this.#entries.data;
    const at = entry * ENTRY_STRIDE;
    const ofRow = this.#newestOf[row]!;
    entries[at + NEWER_OF_ROW] = 0;
    entries[at + OLDER_OF_ROW] = ofRow;
    if (ofRow === 0) this.#oldestOf[row] = entry;
    else entries[ofRow * ENTRY_STRIDE + NEWER_OF_ROW] = entry;
    this.#newestOf[row] = entry;
    const newest = this.#newest;
    entries[at + NEWER] = 0;
    entries[at + OLDER] = newest;
    if (newest === 0) this.#oldest = entry;
    else entries[newest * ENTRY_STRIDE + NEWER] = entry;
    this.#newest = entry;
  }

  #unlink(entry: number, row: number): void {
    const entries = this.#entries.data;
    const at = entry * ENTRY_STRIDE;
    const newerOfRow = entries[at + NEWER_OF_ROW]!;
    const olderOfRow = entries[at + OLDER_OF_ROW]!;
    if (newerOfRow === 0) this.#newestOf[row] = olderOfRow;
    else entries[newerOfRow * ENTRY_STRIDE + OLDER_OF_ROW] = olderOfRow;
    if (olderOfRow === 0) this.#oldestOf[row] = newerOfRow;
    else entries[olderOfRow * ENTRY_STRIDE + NEWER_OF_ROW] = newerOfRow;
    const newer = entries[at + NEWER]!;
    const older = entries[at + OLDER]!;
    if (newer === 0) this.#newest = older;
    else entries[newer * ENTRY_STRIDE + OLDER] = older;
    if (older === 0) this.#oldest = newer;
    else entries[older * ENTRY_STRIDE + NEWER] = newer;
  }

  /** Makes room for more entries if the budget allows it. */
  #grow(): boolean {
    const { capacity } = this.#entries;
    for (const factor of [2, 1.5, 1.25, 1.1]) {
      const wanted = Math.floor(capacity * factor);
      if (PrefixIndex.bytesFor(wanted) > this.#budgetBytes) continue;
      this.#entries.grow(wanted);
      this.#blocks.grow(wanted);
      return true;
    }
    return false;
  }

  #reachRow(row: number): void {
    if (row < this.#countOf.length) return;
    const length = Math.max(16, 2 ** Math.ceil(Math.log2(row + 1)));
    this.#newestOf = widened(this.#newestOf, length);
    this.#oldestOf = widened(this.#oldestOf, length);
    this.#countOf = widened(this.#countOf, length);
    this.#seen = widened(this.#seen, length);
  }
}

function widened(column: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(length);
  wider.set(column);
  return wider;
}

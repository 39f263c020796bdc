import { PairTable } from './pair-table.ts';

/** Fields of a block: the two words of its hash, the first of its entries, and how many there are. */
const BLOCK_STRIDE = 4;
const FIRST_ENTRY = 2;
const HOLDERS = 3;

/** Fields of an entry, "the endpoint in this row has this block": both, then its neighbours in three lists. */
const ENTRY_STRIDE = 8;
const BLOCK = 0;
const ROW = 1;
/** Among the entries of the block. */
const SIBLING_BEFORE = 2;
const SIBLING_AFTER = 3;
/** Among the entries of the row, and among all entries; newer than the newest and older than the oldest is 0. */
const NEWER_OF_ROW = 4;
const OLDER_OF_ROW = 5;
const NEWER = 6;
const OLDER = 7;

const FIRST_CAPACITY = 64;

/**
 * Which endpoint has which block, and how long ago each of these pairs was last used: over all, and for each endpoint.
 * Blocks and entries are numbers; 0 is none. Every step takes the same time whatever there is.
 */
export class BlockHolders {
  readonly #blocks = new PairTable(BLOCK_STRIDE, FIRST_CAPACITY);
  readonly #entries = new PairTable(ENTRY_STRIDE, FIRST_CAPACITY);
  #newest = 0;
  #oldest = 0;
  #newestOf = new Int32Array(0);
  #oldestOf = new Int32Array(0);
  #countOf = new Int32Array(0);

  /** Bytes for so many entries. There are never more blocks than entries, so both have the same room. */
  static bytesFor(entries: number): number {
    return PairTable.bytesFor(BLOCK_STRIDE, entries) + PairTable.bytesFor(ENTRY_STRIDE, entries);
  }

  /** Entries that there is room for. */
  get capacity(): number {
    return this.#entries.capacity;
  }

  get entries(): number {
    return this.#entries.count;
  }

  get blocks(): number {
    return this.#blocks.count;
  }

  /** Rows that there is room for. */
  get rows(): number {
    return this.#countOf.length;
  }

  get oldest(): number {
    return this.#oldest;
  }

  oldestOf(row: number): number {
    return this.#oldestOf[row]!;
  }

  countOf(row: number): number {
    return this.#countOf[row] ?? 0;
  }

  block(low: number, high: number): number {
    return this.#blocks.find(low, high);
  }

  entry(block: number, row: number): number {
    return this.#entries.find(block, row);
  }

  /** How many endpoints have the block. 0 also for a block that was removed. */
  holdersOf(block: number): number {
    return this.#blocks.data[block * BLOCK_STRIDE + HOLDERS]!;
  }

  firstEntryOf(block: number): number {
    return this.#blocks.data[block * BLOCK_STRIDE + FIRST_ENTRY]!;
  }

  /** The next entry of the same block. */
  siblingOf(entry: number): number {
    return this.#entries.data[entry * ENTRY_STRIDE + SIBLING_AFTER]!;
  }

  rowOf(entry: number): number {
    return this.#entries.data[entry * ENTRY_STRIDE + ROW]!;
  }

  newerThan(entry: number): number {
    return this.#entries.data[entry * ENTRY_STRIDE + NEWER]!;
  }

  /** Adds an entry as the newest. There must be room for it and for its row, and it must be new. */
  add(low: number, high: number, row: number): void {
    const known = this.#blocks.find(low, high);
    const block = known === 0 ? this.#blocks.add(low, high) : known;
    this.#addTo(block, row);
  }

  /** Adds every entry of `other` with its row, from `entry` on to the newest. */
  addAllFrom(other: BlockHolders, from: number): void {
    for (let entry = from; entry !== 0; entry = other.newerThan(entry)) {
      const block = other.#entries.data[entry * ENTRY_STRIDE + BLOCK]! * BLOCK_STRIDE;
      const row = other.rowOf(entry);
      this.reachRow(row);
      this.add(other.#blocks.data[block]!, other.#blocks.data[block + 1]!, row);
    }
  }

  /** Makes an entry the newest. */
  renew(entry: number): void {
    if (this.#newest === entry) return;
    this.#unlink(entry);
    this.#linkNewest(entry);
  }

  remove(entry: number): void {
    const entries = this.#entries.data;
    const blocks = this.#blocks.data;
    const at = entry * ENTRY_STRIDE;
    const block = entries[at + BLOCK]!;
    const before = entries[at + SIBLING_BEFORE]!;
    const after = entries[at + SIBLING_AFTER]!;
    if (before === 0) blocks[block * BLOCK_STRIDE + FIRST_ENTRY] = after;
    else entries[before * ENTRY_STRIDE + SIBLING_AFTER] = after;
    if (after !== 0) entries[after * ENTRY_STRIDE + SIBLING_BEFORE] = before;
    this.#unlink(entry);
    this.#countOf[entries[at + ROW]!]!--;
    this.#entries.remove(entry);
    if (--blocks[block * BLOCK_STRIDE + HOLDERS]! === 0) this.#blocks.remove(block);
  }

  /** Makes room for more entries. */
  grow(capacity: number): void {
    this.#entries.grow(capacity);
    this.#blocks.grow(capacity);
  }

  /** Makes room for a row. */
  reachRow(row: number): void {
    if (row < this.#countOf.length) return;
    const length = Math.max(16, 2 ** Math.ceil(Math.log2(row + 1)));
    this.#newestOf = widened(this.#newestOf, length);
    this.#oldestOf = widened(this.#oldestOf, length);
    this.#countOf = widened(this.#countOf, length);
  }

  #addTo(block: number, row: number): void {
    const entry = this.#entries.add(block, row);
    const entries = this.#entries.data;
    const blocks = this.#blocks.data;
    const blockAt = block * BLOCK_STRIDE;
    const sibling = blocks[blockAt + FIRST_ENTRY]!;
    entries[entry * ENTRY_STRIDE + SIBLING_AFTER] = sibling;
    if (sibling !== 0) entries[sibling * ENTRY_STRIDE + SIBLING_BEFORE] = entry;
    blocks[blockAt + FIRST_ENTRY] = entry;
    blocks[blockAt + HOLDERS]!++;
    this.#countOf[row]!++;
    this.#linkNewest(entry);
  }

  #linkNewest(entry: number): void {
    const entries = this.#entries.data;
    const at = entry * ENTRY_STRIDE;
    const row = entries[at + ROW]!;
    const newestOfRow = this.#newestOf[row]!;
    entries[at + NEWER_OF_ROW] = 0;
    entries[at + OLDER_OF_ROW] = newestOfRow;
    if (newestOfRow === 0) this.#oldestOf[row] = entry;
    else entries[newestOfRow * ENTRY_STRIDE + NEWER_OF_ROW] = entry;
    this.#newestOf[row] = entry;
    const newest = this.#newest;
    entries[at + NEWER] = 0;
    entries[at + OLDER] = newest;
    if (newest === 0) this.#oldest = entry;
    else entries[newest * ENTRY_STRIDE + NEWER] = entry;
    this.#newest = entry;
  }

  #unlink(entry: number): void {
    const entries = this.#entries.data;
    const at = entry * ENTRY_STRIDE;
    const row = entries[at + ROW]!;
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
}

function widened(column: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(length);
  wider.set(column);
  return wider;
}

import { KeyTable } from './key-table.ts';

/** Fields of a record after the two words of the model server's hash. */
const TIMES = 2;
const END = 3;
const KEYS = 4;

/**
 * The blocks of one endpoint in one tier and one KV-cache group, by the model server's own hashes: how often each was stored, which
 * of our blocks it is part of, and whether it ends where one of ours ends.
 */
export class Holding {
  readonly tier: number;
  readonly group: number;
  /** How many of our blocks each of theirs can be part of. */
  readonly keysEach: number;
  #table: KeyTable;
  /** Blocks of ours that are part of several of theirs, which go on differently: in how many more than one. */
  #shared = new KeyTable(3, 0);
  #hand = 0;

  constructor(tier: number, group: number, keysEach: number) {
    this.tier = tier;
    this.group = group;
    this.keysEach = keysEach;
    this.#table = new KeyTable(KEYS + 2 * keysEach);
  }

  get count(): number {
    return this.#table.count;
  }

  get bytes(): number {
    return this.#table.bytes + this.#shared.bytes;
  }

  /** True when there is no room for another block: {@link grow} or evict. */
  get isFull(): boolean {
    return this.#table.isFull;
  }

  find(low: number, high: number): number {
    return this.#table.find(low, high);
  }

  /** Counts a block in. @returns where it is */
  store(low: number, high: number): number {
    let at = this.#table.find(low, high);
    if (at < 0) at = this.#table.add(low, high);
    this.#table.data[at + TIMES]!++;
    return at;
  }

  /** Counts a block out. @returns true when it was stored as often as it was removed, and has to go */
  unstore(at: number): boolean {
    return --this.#table.data[at + TIMES]! <= 0;
  }

  remove(at: number): void {
    this.#table.remove(at);
  }

  /** Notes that one of our blocks is part of one more of theirs. */
  share(low: number, high: number): void {
    let at = this.#shared.find(low, high);
    if (at < 0) {
      if (this.#shared.isFull) this.#shared = this.#shared.resized(Math.max(64, 2 * this.#shared.slots));
      at = this.#shared.add(low, high);
    }
    this.#shared.data[at + 2]!++;
  }

  /** Notes that one of our blocks is part of one less of theirs. @returns false when there is no other */
  unshare(low: number, high: number): boolean {
    const at = this.#shared.find(low, high);
    if (at < 0) return false;
    if (--this.#shared.data[at + 2]! === 0) this.#shared.remove(at);
    return true;
  }

  /** Bytes more that the next growth takes. */
  get growthBytes(): number {
    return this.#table.bytes;
  }

  grow(): void {
    this.#table = this.#table.resized(2 * this.#table.slots);
    this.#hand = 0;
  }

  /** Takes as little memory as its blocks need. */
  shrink(): void {
    let slots = this.#table.slots;
    while (slots > 64 && KeyTable.roomIn(slots >> 1) > this.#table.count) slots >>= 1;
    this.#table = this.#table.resized(slots);
    this.#hand = 0;
  }

  /** Some block, another one each time. There must be one. */
  any(): number {
    while (this.#table.isEmpty(this.#hand)) this.#hand = this.#table.next(this.#hand);
    return this.#hand;
  }

  hashLow(at: number): number {
    return this.#table.data[at]!;
  }

  hashHigh(at: number): number {
    return this.#table.data[at + 1]!;
  }

  /** Number of our blocks that it is part of. */
  keysOf(at: number): number {
    return this.#table.data[at + END]! >>> 1;
  }

  /** True when its end is also the end of the last of our blocks that it is part of. */
  isAligned(at: number): boolean {
    return (this.#table.data[at + END]! & 1) === 1;
  }

  setAligned(at: number, isAligned: boolean): void {
    const { data } = this.#table;
    data[at + END] = (data[at + END]! & ~1) | (isAligned ? 1 : 0);
  }

  keyLow(at: number, i: number): number {
    return this.#table.data[at + KEYS + 2 * i]!;
  }

  keyHigh(at: number, i: number): number {
    return this.#table.data[at + KEYS + 2 * i + 1]!;
  }

  hasKey(at: number, low: number, high: number): boolean {
    for (let k = this.keysOf(at) - 1; k >= 0; k--) {
      if (this.keyLow(at, k) === low && this.keyHigh(at, k) === high) return true;
    }
    return false;
  }

  /** Notes that it is part of another of our blocks. @returns false when there is no room for one more */
  addKey(at: number, low: number, high: number): boolean {
    const keys = this.keysOf(at);
    if (keys === this.keysEach) return false;
    const { data } = this.#table;
    data[at + KEYS + 2 * keys] = low;
    data[at + KEYS + 2 * keys + 1] = high;
    data[at + END]! += 2;
    return true;
  }
}

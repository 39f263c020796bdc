/** Share of the slots that may be taken: probing gets long beyond. */
const MAX_LOAD = 0.75;
const FIRST_SLOTS = 64;

/**
 * Records of 32-bit numbers, found by a 64-bit key, which is their first two. They lie in the hash table itself, so that a
 * look-up costs one access to memory. A record is known by where it lies in `data`, until the next one is removed or
 * the table is resized.
 */
export class KeyTable {
  readonly stride: number;
  data: Int32Array;
  readonly #slots: number;
  readonly #leap: number;
  #count = 0;

  /** @param stride numbers in a record, at least 2 */
  constructor(stride: number, slots = FIRST_SLOTS) {
    this.stride = stride;
    this.#slots = slots;
    this.#leap = leapOver(slots);
    this.data = new Int32Array(slots * stride);
  }

  /** Slots that take at most so many bytes; there are always some. */
  static slotsWithin(bytes: number, stride: number): number {
    return Math.max(FIRST_SLOTS, Math.floor(bytes / (4 * stride)));
  }

  /** Records that so many slots have room for. */
  static roomIn(slots: number): number {
    return Math.floor(slots * MAX_LOAD);
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.data.byteLength;
  }

  /** True when there is no room for another record. */
  get isFull(): boolean {
    return this.#count >= KeyTable.roomIn(this.#slots);
  }

  /** @returns where the record lies, -1 for none */
  find(low: number, high: number): number {
    if (this.#count === 0) return -1;
    const { data, stride } = this;
    const first = firstWord(low, high);
    for (let at = this.#home(first, high) * stride; ; at = at + stride === data.length ? 0 : at + stride) {
      const word = data[at]!;
      if (word === first && data[at + 1] === high) return at;
      if (word === 0 && data[at + 1] === 0) return -1;
    }
  }

  /** Adds a record that is not there yet; its other numbers are 0. There must be room. */
  add(low: number, high: number): number {
    const { data, stride } = this;
    const first = firstWord(low, high);
    let at = this.#home(first, high) * stride;
    while (!this.isEmpty(at)) at = at + stride === data.length ? 0 : at + stride;
    data[at] = first;
    data[at + 1] = high;
    this.#count++;
    return at;
  }

  /** Removes the record that lies at `at`. Another one may lie there afterwards. */
  remove(at: number): void {
    const { data, stride } = this;
    const slots = this.#slots;
    let hole = at / stride;
    // Closes the gap: whoever was pushed past it moves back, so that probing still meets everybody.
    for (let slot = hole + 1 === slots ? 0 : hole + 1; ; slot = slot + 1 === slots ? 0 : slot + 1) {
      const from = slot * stride;
      if (this.isEmpty(from)) break;
      const home = this.#home(data[from]!, data[from + 1]!);
      if ((slot - home + slots) % slots >= (slot - hole + slots) % slots) {
        data.copyWithin(hole * stride, from, from + stride);
        hole = slot;
      }
    }
    data.fill(0, hole * stride, (hole + 1) * stride);
    this.#count--;
  }

  /**
   * The place after `at` in an order that leads once through all places. In leaps: where records are removed one after the other, the
   * holes lie everywhere. Side by side they would leave the rest of the table too full.
   */
  next(at: number): number {
    const slot = at / this.stride + this.#leap;
    return (slot >= this.#slots ? slot - this.#slots : slot) * this.stride;
  }

  /** True when no record lies at `at`, a multiple of the stride. */
  isEmpty(at: number): boolean {
    return this.data[at] === 0 && this.data[at + 1] === 0;
  }

  /**
   * A table of another size with the same records, and room for all of them.
   * @param copy writes the numbers after the key, and says whether the record is still wanted. Default: all as they are
   */
  resized(slots: number, stride = this.stride, copy?: (from: number, into: KeyTable, to: number) => boolean): KeyTable {
    const into = new KeyTable(stride, slots);
    for (let from = 0; from < this.data.length; from += this.stride) {
      if (this.isEmpty(from)) continue;
      const to = into.add(this.data[from]!, this.data[from + 1]!);
      if (copy === undefined) into.data.set(this.data.subarray(from + 2, from + this.stride), to + 2);
      else if (!copy(from, into, to)) into.remove(to);
    }
    return into;
  }

  /** How many slots there are. */
  get slots(): number {
    return this.#slots;
  }

  #home(first: number, high: number): number {
    const product = Math.imul(first, 0x9e37_79b1) ^ Math.imul(high, 0x85eb_ca6b);
    return Math.floor((((product ^ (product >>> 15)) >>> 0) / 0x1_0000_0000) * this.#slots);
  }
}

/** A key of zeros would look like an empty slot. It is taken for its neighbour. */
function firstWord(low: number, high: number): number {
  return low === 0 && high === 0 ? 1 : low;
}

/** About the golden section of the slots, and without a divisor in common with their number. */
function leapOver(slots: number): number {
  let leap = Math.max(1, Math.round(0.618_034 * slots));
  while (commonDivisor(leap, slots) > 1) leap--;
  return leap;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

import { Columns } from './columns.ts';
import { KeyTable } from './key-table.ts';
import type { MatchTally } from './match-tally.ts';

/** Fields of a block before its bits: the two words of its key, and whether it was used since the hand came by. */
const USED = 2;
const BITS = 3;
/** Blocks that are tidied for each one that comes. */
const TIDY = 4;

/** What a block index may take. */
export interface IndexLimits {
  readonly maxBytes: number;
  readonly maxBlocks: number;
}

/**
 * Which endpoint has which block in which tier: for each block and tier one bit an endpoint. Within a budget: a hand goes round
 * and evicts what was not used since it last came by. Forgetting an endpoint takes the same time whatever it has.
 */
export class BlockIndex {
  #limits: IndexLimits;
  readonly #columns = new Columns();
  #planes = 1;
  #table = new KeyTable(BITS + 1);
  /** Where the hand is. */
  #hand = 0;
  /** Slots that the hand still has to see until the columns that were given up before it set out are clean. */
  #untilClean = 0;
  /** Columns given up since. */
  #givenUpSince = 0;
  #evicted = 0;
  #patterns = new Int32Array(0);
  #previous = new Int32Array(0);
  #active = new Int32Array(0);

  constructor(limits: IndexLimits) {
    this.#limits = limits;
  }

  get blocks(): number {
    return this.#table.count;
  }

  get bytes(): number {
    return this.#table.bytes;
  }

  /** Blocks that made room for others so far. */
  get evicted(): number {
    return this.#evicted;
  }

  /** There are no columns from here on. */
  get columns(): number {
    return 32 * this.#columns.width;
  }

  /** Has what comes from now on keep within other limits. */
  limit(limits: IndexLimits): void {
    this.#limits = limits;
    const most = this.#mostSlots(this.#table.stride);
    if (this.#table.slots > most) this.#resize(most);
  }

  /** A column for an endpoint that has nothing yet. */
  takeColumn(): number {
    const column = this.#columns.take();
    if (column >= 0) return column;
    if (2 * this.#columns.dead < this.columns) {
      this.#rebuild(2 * this.#columns.width, this.#planes);
    } else {
      this.#clearDead();
    }
    return this.#columns.take();
  }

  /** Forgets what the endpoint of this column has. */
  giveUpColumn(column: number): void {
    this.#columns.giveUp(column);
    if (this.#untilClean === 0) this.#untilClean = this.#table.slots;
    else this.#givenUpSince++;
  }

  add(low: number, high: number, column: number, tier: number): void {
    if (tier >= this.#planes) this.#rebuild(this.#columns.width, tier + 1);
    let at = this.#table.find(low, high);
    if (at < 0) {
      this.#tidy(TIDY);
      this.#makeRoom();
      at = this.#table.add(low, high);
    }
    const { data } = this.#table;
    data[at + USED] = 1;
    data[at + BITS + tier * this.#columns.width + (column >> 5)]! |= 1 << (column & 31);
  }

  remove(low: number, high: number, column: number, tier: number): void {
    if (tier >= this.#planes) return;
    const at = this.#table.find(low, high);
    if (at < 0) return;
    this.#table.data[at + BITS + tier * this.#columns.width + (column >> 5)]! &= ~(1 << (column & 31));
    if (!this.#isUnheld(at)) return;
    this.#removeAt(at);
  }

  has(low: number, high: number, column: number, tier: number): boolean {
    const at = tier < this.#planes ? this.#table.find(low, high) : -1;
    if (at < 0) return false;
    const word = this.#table.data[at + BITS + tier * this.#columns.width + (column >> 5)]!;
    return (word & this.#columns.live[column >> 5]! & (1 << (column & 31))) !== 0;
  }

  /**
   * Counts for every endpoint how many blocks it has from the beginning of a prompt on, without a gap.
   * @param words keys; those from `start` to `end`, without it, are the prompt's
   * @param order tiers, those with the greatest weight first; others do not count
   * @param weights by tier
   */
  match(
    words: Int32Array,
    start: number,
    end: number,
    order: readonly number[],
    weights: readonly number[],
    tally: MatchTally,
  ): void {
    const { width, live } = this.#columns;
    const table = this.#table;
    const { data } = table;
    const tiers = order.filter((tier) => tier < this.#planes);
    const size = tiers.length * width;
    if (this.#patterns.length !== size || this.#active.length !== width) {
      this.#patterns = new Int32Array(size);
      this.#previous = new Int32Array(size);
      this.#active = new Int32Array(width);
    }
    const active = this.#active;
    active.set(live);
    let patterns = this.#patterns;
    let previous = this.#previous;
    let run = 0;
    for (let i = start; i < end; i++) {
      const at = table.find(words[2 * i]!, words[2 * i + 1]!);
      if (at < 0) break;
      if (data[at + USED] === 0) data[at + USED] = 1;
      let any = 0;
      let isSame = run > 0;
      for (let w = 0; w < width; w++) {
        let left = active[w]!;
        let held = 0;
        for (let t = 0; t < tiers.length; t++) {
          const bits = data[at + BITS + tiers[t]! * width + w]! & left;
          left &= ~bits;
          held |= bits;
          patterns[t * width + w] = bits;
          if (bits !== previous[t * width + w]) isSame = false;
        }
        active[w] = held;
        any |= held;
      }
      if (any === 0) break;
      if (isSame) {
        run++;
        continue;
      }
      if (run > 0) count(previous, width, tiers, weights, run, tally);
      const other = previous;
      previous = patterns;
      patterns = other;
      run = 1;
    }
    if (run > 0) count(previous, width, tiers, weights, run, tally);
    this.#patterns = patterns;
    this.#previous = previous;
  }

  /** True when no endpoint has the block any more. Bits of columns that were given up go. */
  #isUnheld(at: number): boolean {
    const { width, live } = this.#columns;
    const { data } = this.#table;
    let any = 0;
    for (let i = 0, w = 0; i < this.#planes * width; i++, w = w + 1 === width ? 0 : w + 1) {
      any |= data[at + BITS + i]! &= live[w]!;
    }
    return any === 0;
  }

  /** Blocks that follow one that is removed may move where the hand has been already: they have to be clean by then. */
  #removeAt(at: number): void {
    const table = this.#table;
    if (this.#untilClean > 0) {
      const { data, stride } = table;
      for (let next = at; !table.isEmpty(next); this.#isUnheld(next)) {
        next = next + stride === data.length ? 0 : next + stride;
      }
    }
    table.remove(at);
  }

  /** Has the hand look at so many slots for blocks that nobody has any more, while there are columns to clean. */
  #tidy(slots: number): void {
    for (let i = 0; i < slots && this.#untilClean > 0; i++) this.#step(false);
  }

  /** The hand looks at one slot. @param evicts whether a block goes that was not used since it last came by */
  #step(evicts: boolean): void {
    const table = this.#table;
    const at = this.#hand;
    if (!table.isEmpty(at)) {
      const isUnheld = this.#isUnheld(at);
      if (isUnheld || (evicts && table.data[at + USED] === 0)) {
        if (!isUnheld) this.#evicted++;
        this.#removeAt(at);
        return;
      }
      if (evicts) table.data[at + USED] = 0;
    }
    this.#hand = table.next(at);
    if (this.#untilClean > 0 && --this.#untilClean === 0) {
      this.#columns.cleaned(this.#givenUpSince);
      this.#untilClean = this.#givenUpSince > 0 ? table.slots : 0;
      this.#givenUpSince = 0;
    }
  }

  #makeRoom(): void {
    while (this.#table.count >= this.#limits.maxBlocks) this.#step(true);
    if (!this.#table.isFull) return;
    const most = this.#mostSlots(this.#table.stride);
    if (this.#table.slots < most) this.#resize(Math.min(most, 2 * this.#table.slots));
    while (this.#table.isFull) this.#step(true);
  }

  #mostSlots(stride: number): number {
    return KeyTable.slotsWithin(this.#limits.maxBytes, stride);
  }

  /** Removes the bits of all columns that were given up, at once. */
  #clearDead(): void {
    const table = this.#table;
    for (let at = 0; at < table.data.length; ) {
      if (!table.isEmpty(at) && this.#isUnheld(at)) table.remove(at);
      else at += table.stride;
    }
    this.#allClean();
  }

  #allClean(): void {
    this.#columns.cleaned();
    this.#untilClean = 0;
    this.#givenUpSince = 0;
  }

  #resize(slots: number): void {
    this.#evictBeyond(slots);
    this.#table = this.#table.resized(slots);
    this.#hand = 0;
    // The hand begins at another place than the one that it set out from.
    if (this.#untilClean > 0) {
      this.#untilClean = slots;
      this.#givenUpSince = 0;
    }
  }

  /** Another number of columns or of tiers: other records. */
  #rebuild(width: number, planes: number): void {
    const before = this.#columns.width;
    const planesBefore = this.#planes;
    const from = this.#table.data;
    const stride = BITS + planes * width;
    const slots = Math.min(this.#mostSlots(stride), this.#table.slots);
    this.#evictBeyond(slots);
    const { live } = this.#columns;
    this.#table = this.#table.resized(slots, stride, (source, { data }, target) => {
      let any = 0;
      data[target + USED] = from[source + USED]!;
      for (let plane = 0; plane < planesBefore; plane++) {
        for (let w = 0; w < before; w++) {
          const bits = from[source + BITS + plane * before + w]! & live[w]!;
          data[target + BITS + plane * width + w] = bits;
          any |= bits;
        }
      }
      return any !== 0;
    });
    while (this.#columns.width < width) this.#columns.widen();
    this.#planes = planes;
    this.#hand = 0;
    this.#allClean();
  }

  /** Has room for all blocks in a table of so many slots. */
  #evictBeyond(slots: number): void {
    const room = KeyTable.roomIn(slots);
    while (this.#table.count > room) this.#step(true);
  }
}

function count(
  patterns: Int32Array,
  width: number,
  tiers: readonly number[],
  weights: readonly number[],
  run: number,
  tally: MatchTally,
): void {
  for (let t = 0; t < tiers.length; t++) {
    for (let w = 0; w < width; w++) {
      const word = patterns[t * width + w]!;
      if (word !== 0) tally.add(word, w, run, weights[tiers[t]!]!);
    }
  }
}

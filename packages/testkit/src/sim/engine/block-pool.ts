const NO_HASH = -1;
const NO_BLOCK = -1;

/** Blocks given to a sequence, in the order of its tokens. */
export interface BlockGrant {
  readonly blocks: readonly number[];
  /** Leading blocks whose content was there already. */
  readonly cached: number;
}

/**
 * KV-cache blocks with reference counts and a prefix cache. A block that nobody holds keeps its content until it is
 * needed for something else; the one unused for longest goes first.
 */
export class BlockPool {
  readonly size: number;
  readonly #hashes: Float64Array;
  readonly #holders: Int32Array;
  readonly #byHash = new Map<number, number>();
  // Blocks that nobody holds, as a list linked in both directions: the head is taken first.
  readonly #before: Int32Array;
  readonly #after: Int32Array;
  #head = NO_BLOCK;
  #tail = NO_BLOCK;
  #free = 0;

  /** @param size how many blocks there are, at least 1 */
  constructor(size: number) {
    this.size = size;
    this.#hashes = new Float64Array(size).fill(NO_HASH);
    this.#holders = new Int32Array(size);
    this.#before = new Int32Array(size);
    this.#after = new Int32Array(size);
    for (let block = 0; block < size; block++) this.#append(block);
  }

  /** Blocks that nobody holds, cached ones included. */
  get free(): number {
    return this.#free;
  }

  /** Blocks that sequences hold. */
  get used(): number {
    return this.size - this.#free;
  }

  /** Blocks with content that can be found again, held or not. */
  get cached(): number {
    return this.#byHash.size;
  }

  /** How many sequences hold a block. */
  holders(block: number): number {
    return this.#holders[block]!;
  }

  /**
   * Takes all blocks for a prompt, or none.
   * @param hashes of its full blocks
   * @param count blocks in all; those beyond the hashed ones cannot be shared
   */
  take(hashes: Float64Array, count: number): BlockGrant | undefined {
    let cached = 0;
    let wanted = count;
    for (let i = 0; i < hashes.length; i++) {
      const block = this.#byHash.get(hashes[i]!);
      if (block === undefined) continue;
      if (cached === i) cached++;
      if (this.#holders[block]! > 0) wanted--;
    }
    if (wanted > this.#free) return undefined;
    // Present blocks first, so that no new block takes their place.
    const blocks = new Array<number>(count).fill(NO_BLOCK);
    for (let i = 0; i < hashes.length; i++) {
      const block = this.#byHash.get(hashes[i]!);
      if (block === undefined) continue;
      this.#hold(block);
      blocks[i] = block;
    }
    for (let i = 0; i < count; i++) {
      if (blocks[i] !== NO_BLOCK) continue;
      const block = this.#reuse();
      if (i < hashes.length) {
        this.#hashes[block] = hashes[i]!;
        this.#byHash.set(hashes[i]!, block);
      }
      blocks[i] = block;
    }
    return { blocks, cached };
  }

  /** Takes one block that cannot be shared. Undefined when all are held. */
  takeOne(): number | undefined {
    return this.#free === 0 ? undefined : this.#reuse();
  }

  /**
   * Gives blocks back, each exactly once.
   * @param computed how many leading blocks have content; later ones are forgotten unless others hold them
   */
  release(blocks: readonly number[], computed: number): void {
    // From the end: the tail of a prompt is less likely to be shared than its head, and is evicted first.
    for (let i = blocks.length - 1; i >= 0; i--) {
      const block = blocks[i]!;
      const holders = --this.#holders[block]!;
      if (holders > 0) continue;
      if (i >= computed) this.#forget(block);
      if (this.#hashes[block] === NO_HASH) this.#prepend(block);
      else this.#append(block);
    }
  }

  /** Forgets the content of all blocks that nobody holds. */
  clear(): void {
    for (let block = this.#head; block !== NO_BLOCK; block = this.#after[block]!) this.#forget(block);
  }

  #hold(block: number): void {
    if (this.#holders[block]! === 0) this.#unlink(block);
    this.#holders[block]!++;
  }

  #reuse(): number {
    const block = this.#head;
    this.#forget(block);
    this.#hold(block);
    return block;
  }

  #forget(block: number): void {
    if (this.#hashes[block] === NO_HASH) return;
    this.#byHash.delete(this.#hashes[block]!);
    this.#hashes[block] = NO_HASH;
  }

  #append(block: number): void {
    this.#before[block] = this.#tail;
    this.#after[block] = NO_BLOCK;
    if (this.#tail === NO_BLOCK) this.#head = block;
    else this.#after[this.#tail] = block;
    this.#tail = block;
    this.#free++;
  }

  #prepend(block: number): void {
    this.#before[block] = NO_BLOCK;
    this.#after[block] = this.#head;
    if (this.#head === NO_BLOCK) this.#tail = block;
    else this.#before[this.#head] = block;
    this.#head = block;
    this.#free++;
  }

  #unlink(block: number): void {
    const before = this.#before[block]!;
    const after = this.#after[block]!;
    if (before === NO_BLOCK) this.#head = after;
    else this.#after[before] = after;
    if (after === NO_BLOCK) this.#tail = before;
    else this.#before[after] = before;
    this.#free--;
  }
}

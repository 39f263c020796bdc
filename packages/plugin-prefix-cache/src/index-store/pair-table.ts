/**
 * Records of 32-bit numbers, found by their first two. Record `id` lies at `data[id * stride]`; ids are 1 and up, so that
 * 0 can mean none. An open-addressed hash table with linear probing leads from the pair to the id.
 */
export class PairTable {
  readonly #stride: number;
  data: Int32Array;
  #slots: Int32Array;
  #mask: number;
  /** First of the records that were removed; each holds the next one in place of its pair. */
  #free = 0;
  /** Records that have ever been in use. */
  #used = 0;
  #count = 0;

  constructor(stride: number, capacity: number) {
    this.#stride = stride;
    this.data = new Int32Array((capacity + 1) * stride);
    this.#slots = new Int32Array(slotsFor(capacity));
    this.#mask = this.#slots.length - 1;
  }

  /** Bytes that a table takes. */
  static bytesFor(stride: number, capacity: number): number {
    return 4 * ((capacity + 1) * stride + slotsFor(capacity));
  }

  get count(): number {
    return this.#count;
  }

  get capacity(): number {
    return this.data.length / this.#stride - 1;
  }

  /** @returns the record's id, 0 for none */
  find(a: number, b: number): number {
    const { data } = this;
    const slots = this.#slots;
    const stride = this.#stride;
    for (let slot = mix(a, b) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const id = slots[slot]!;
      if (id === 0) return 0;
      const at = id * stride;
      if (data[at] === a && data[at + 1] === b) return id;
    }
  }

  /** Adds a record that is not there yet; its other numbers are 0. There must be room. */
  add(a: number, b: number): number {
    const { data } = this;
    const stride = this.#stride;
    let id = this.#free;
    if (id === 0) id = ++this.#used;
    else this.#free = data[id * stride]!;
    const at = id * stride;
    data[at] = a;
    data[at + 1] = b;
    this.#place(id);
    this.#count++;
    return id;
  }

  remove(id: number): void {
    const slots = this.#slots;
    const mask = this.#mask;
    const { data } = this;
    const stride = this.#stride;
    let hole = mix(data[id * stride]!, data[id * stride + 1]!) & mask;
    while (slots[hole] !== id) hole = (hole + 1) & mask;
    // Closes the gap: whoever was pushed past it moves back, so that probing still meets everybody.
    for (let slot = (hole + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const at = slots[slot]! * stride;
      const home = mix(data[at]!, data[at + 1]!) & mask;
      if (((slot - home) & mask) >= ((slot - hole) & mask)) {
        slots[hole] = slots[slot]!;
        hole = slot;
      }
    }
    slots[hole] = 0;
    // Cleared now, so that a new record finds zeros.
    for (let at = id * stride + stride - 1; at > id * stride; at--) data[at] = 0;
    data[id * stride] = this.#free;
    this.#free = id;
    this.#count--;
  }

  /** Makes room for more records. Ids stay. */
  grow(capacity: number): void {
    const data = new Int32Array((capacity + 1) * this.#stride);
    data.set(this.data);
    this.data = data;
    const length = slotsFor(capacity);
    if (length === this.#slots.length) return;
    const ids = this.#slots;
    this.#slots = new Int32Array(length);
    this.#mask = length - 1;
    for (let slot = 0; slot < ids.length; slot++) if (ids[slot] !== 0) this.#place(ids[slot]!);
  }

  #place(id: number): void {
    const at = id * this.#stride;
    let slot = mix(this.data[at]!, this.data[at + 1]!) & this.#mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = id;
  }
}

/** A power of two that leaves at least a quarter of the slots empty. */
function slotsFor(capacity: number): number {
  let slots = 4;
  while (slots * 3 < capacity * 4 + 4) slots *= 2;
  return slots;
}

function mix(a: number, b: number): number {
  const product = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
  return product ^ (product >>> 15);
}

const encoder = new TextEncoder();

/** Writes canonical CBOR, which has one form for each value, into memory that is used again. */
export class CborWriter {
  bytes = new Uint8Array(1024);
  length = 0;

  /** Begins anew, with room for so many bytes. */
  restart(room: number): void {
    this.length = 0;
    if (this.bytes.length < room) this.bytes = new Uint8Array(Math.max(room, 2 * this.bytes.length));
  }

  /** Begins an array of `length` elements. */
  array(length: number): void {
    this.#head(0x80, length);
  }

  null(): void {
    this.#reach(1);
    this.bytes[this.length++] = 0xf6;
  }

  text(text: string): void {
    const utf8 = encoder.encode(text);
    this.#head(0x60, utf8.length);
    this.#reach(utf8.length);
    this.bytes.set(utf8, this.length);
    this.length += utf8.length;
  }

  /** A map of one text by one name. */
  pair(name: string, text: string): void {
    this.#head(0xa0, 1);
    this.text(name);
    this.text(text);
  }

  /** An unsigned 64-bit integer of two 32-bit words. */
  key(low: number, high: number): void {
    if (high === 0) {
      this.#head(0, low >>> 0);
      return;
    }
    this.#reach(9);
    const { bytes } = this;
    let at = this.length;
    bytes[at++] = 0x1b;
    for (let shift = 24; shift >= 0; shift -= 8) bytes[at++] = high >>> shift;
    for (let shift = 24; shift >= 0; shift -= 8) bytes[at++] = low >>> shift;
    this.length = at;
  }

  /** An array of the unsigned integers `from` to `to`, without it. */
  integers(values: Uint32Array, from: number, to: number): void {
    this.#head(0x80, to - from);
    this.#reach(5 * (to - from));
    const { bytes } = this;
    let at = this.length;
    for (let i = from; i < to; i++) {
      const value = values[i]!;
      if (value < 24) {
        bytes[at++] = value;
      } else if (value < 0x100) {
        bytes[at++] = 0x18;
        bytes[at++] = value;
      } else if (value < 0x1_0000) {
        bytes[at++] = 0x19;
        bytes[at++] = value >>> 8;
        bytes[at++] = value;
      } else {
        bytes[at++] = 0x1a;
        bytes[at++] = value >>> 24;
        bytes[at++] = value >>> 16;
        bytes[at++] = value >>> 8;
        bytes[at++] = value;
      }
    }
    this.length = at;
  }

  #head(major: number, value: number): void {
    this.#reach(5);
    const { bytes } = this;
    if (value < 24) {
      bytes[this.length++] = major | value;
      return;
    }
    const size = value < 0x100 ? 1 : value < 0x1_0000 ? 2 : 4;
    bytes[this.length++] = major | (size === 1 ? 0x18 : size === 2 ? 0x19 : 0x1a);
    for (let shift = 8 * (size - 1); shift >= 0; shift -= 8) bytes[this.length++] = value >>> shift;
  }

  #reach(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const wider = new Uint8Array(2 * (this.length + more));
    wider.set(this.bytes.subarray(0, this.length));
    this.bytes = wider;
  }
}

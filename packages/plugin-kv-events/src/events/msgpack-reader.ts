/** Values in values, at most: batches need five levels. */
const MAX_DEPTH = 16;
const decoder = new TextDecoder();

/** Bytes that are no MessagePack, or not what should be there. */
export class MalformedError extends Error {
  override readonly name = 'MalformedError';
}

/**
 * Reads MessagePack value by value, into what the caller has ready. General decoders make an object of everything first: with
 * four million brackets in a message they take a second and most of a gigabyte.
 */
export class MsgpackReader {
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(this.#bytes.buffer);
  #at = 0;

  /** Begins with another message. */
  restart(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = 0;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Goes past a nil. @returns false, and stays, when there is something else */
  nil(): boolean {
    if (this.#peek() !== 0xc0) return false;
    this.#at++;
    return true;
  }

  /** True when a map comes next. */
  get isMap(): boolean {
    const byte = this.#peek();
    return byte >> 4 === 0x8 || byte === 0xde || byte === 0xdf;
  }

  /** True when a text comes next. */
  get isText(): boolean {
    const byte = this.#peek();
    return byte >> 5 === 0x5 || (byte >= 0xd9 && byte <= 0xdb);
  }

  /** True when an array comes next. */
  get isArray(): boolean {
    const byte = this.#peek();
    return byte >> 4 === 0x9 || byte === 0xdc || byte === 0xdd;
  }

  /** @returns how many elements follow. Never more than there are bytes, for each takes at least one. */
  array(what: string): number {
    const byte = this.#byte();
    if (byte >> 4 === 0x9) return this.#within(byte & 0xf, 1, what);
    if (byte === 0xdc) return this.#within(this.#unsigned(2), 1, what);
    if (byte === 0xdd) return this.#within(this.#unsigned(4), 1, what);
    throw new MalformedError(`${what} is no array`);
  }

  /** @returns how many names with values follow */
  map(what: string): number {
    const byte = this.#byte();
    if (byte >> 4 === 0x8) return this.#within(byte & 0xf, 2, what);
    if (byte === 0xde) return this.#within(this.#unsigned(2), 2, what);
    if (byte === 0xdf) return this.#within(this.#unsigned(4), 2, what);
    throw new MalformedError(`${what} is no map`);
  }

  text(what: string): string {
    const byte = this.#byte();
    let length = byte & 0x1f;
    if (byte >> 5 !== 0x5) {
      if (byte < 0xd9 || byte > 0xdb) throw new MalformedError(`${what} is no text`);
      length = this.#unsigned(1 << (byte - 0xd9));
    }
    return decoder.decode(this.#take(length, what));
  }

  /** A whole number that is exact as a number: at most 2^53 - 1 from zero. */
  integer(what: string): number {
    const byte = this.#byte();
    let value: number;
    if (byte < 0x80) value = byte;
    else if (byte >= 0xe0) value = byte - 0x100;
    else if (byte >= 0xcc && byte <= 0xce) value = this.#unsigned(1 << (byte - 0xcc));
    else if (byte === 0xcf) value = Number(this.#word64(what).getBigUint64(this.#at - 8));
    else if (byte === 0xd3) value = Number(this.#word64(what).getBigInt64(this.#at - 8));
    else if (byte >= 0xd0 && byte <= 0xd2) {
      const size = 1 << (byte - 0xd0);
      value = this.#unsigned(size);
      if (value >= 2 ** (8 * size - 1)) value -= 2 ** (8 * size);
    } else throw new MalformedError(`${what} is no integer`);
    if (!Number.isSafeInteger(value)) throw new MalformedError(`${what} is too large`);
    return value;
  }

  /** A block hash, of 64 bits or the last 64 of a text of bytes, as two words from `2 * at` on, low word first. */
  hash(out: Int32Array, at: number, what: string): void {
    const byte = this.#peek();
    if (byte === 0xcf || byte === 0xd3) {
      this.#at++;
      const view = this.#word64(what);
      out[2 * at] = view.getInt32(this.#at - 4);
      out[2 * at + 1] = view.getInt32(this.#at - 8);
    } else if (byte >= 0xc4 && byte <= 0xc6) {
      this.#at++;
      const bytes = this.#take(this.#unsigned(1 << (byte - 0xc4)), what);
      if (bytes.length === 0) throw new MalformedError(`${what} is empty`);
      let low = 0;
      let high = 0;
      for (let i = Math.max(0, bytes.length - 8); i < bytes.length; i++) {
        high = (high << 8) | (low >>> 24);
        low = (low << 8) | bytes[i]!;
      }
      out[2 * at] = low;
      out[2 * at + 1] = high;
    } else {
      const value = this.integer(what);
      out[2 * at] = value | 0;
      out[2 * at + 1] = Math.floor(value / 0x1_0000_0000) | 0;
    }
  }

  /** Goes past a value, whatever it is. */
  skip(what: string, depth = 0): void {
    if (depth > MAX_DEPTH) throw new MalformedError(`${what} is nested too deeply`);
    const byte = this.#byte();
    if (byte < 0x80 || byte >= 0xe0 || byte === 0xc0 || byte === 0xc2 || byte === 0xc3) return;
    if (byte >> 5 === 0x5) return void this.#take(byte & 0x1f, what);
    if (byte < 0xa0 || (byte >= 0xdc && byte <= 0xdf)) {
      this.#at--;
      const values = this.isMap ? 2 * this.map(what) : this.array(what);
      for (let i = 0; i < values; i++) this.skip(what, depth + 1);
      return;
    }
    const size = SIZES[byte - 0xc4];
    if (size === undefined) throw new MalformedError(`${what} has an unknown type`);
    // A length of so many bytes, or the value itself.
    if (size < 0) this.#take(this.#unsigned(-size) + (byte >= 0xc7 && byte <= 0xc9 ? 1 : 0), what);
    else this.#take(size, what);
  }

  #peek(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new MalformedError('the message ends too early');
    return byte;
  }

  #byte(): number {
    const byte = this.#peek();
    this.#at++;
    return byte;
  }

  #unsigned(size: number): number {
    if (this.#at + size > this.#bytes.length) throw new MalformedError('the message ends too early');
    let value = 0;
    for (const end = this.#at + size; this.#at < end; this.#at++) value = value * 256 + this.#bytes[this.#at]!;
    return value;
  }

  #word64(what: string): DataView {
    this.#take(8, what);
    return this.#view;
  }

  #take(length: number, what: string): Uint8Array {
    if (length > this.#bytes.length - this.#at) throw new MalformedError(`${what} ends too early`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #within(values: number, bytesEach: number, what: string): number {
    if (values * bytesEach > this.#bytes.length - this.#at) throw new MalformedError(`${what} ends too early`);
    return values;
  }
}

/** By type from 0xc4 on: bytes of the value; negative: bytes of the length that comes first. */
const SIZES: readonly (number | undefined)[] = [
  ...[-1, -2, -4],
  ...[-1, -2, -4],
  ...[4, 8],
  ...[1, 2, 4, 8],
  ...[1, 2, 4, 8],
  ...[2, 3, 5, 9, 17],
  ...[-1, -2, -4],
];

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH = 2;
const FIXED_32 = 5;
/** Messages within messages. More is an attack on whoever reads them one within the other. */
const MAX_DEPTH = 300;

/**
 * Reads a message in the wire format of protocol buffers, field by field:
 * `while (reader.next()) switch (reader.field) { case 1: ... default: reader.skip(); }`
 * All methods throw an Error for what is no message.
 */
export class ProtoReader {
  /** Number of the field that `next` found. */
  field = 0;
  readonly #bytes: Buffer;
  #wireType = 0;
  #at = 0;
  #end: number;
  #depth = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#end = bytes.length;
  }

  /** @returns false at the end of the message */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    const tag = this.#varint();
    this.field = tag >>> 3;
    this.#wireType = tag & 7;
    if (this.field === 0) throw broken();
    return true;
  }

  /** Up to 32 bits; what is longer loses its upper bits, as in protocol buffers. */
  uint(): number {
    this.#expect(VARINT);
    return this.#varint();
  }

  bool(): boolean {
    return this.uint() !== 0;
  }

  double(): number {
    this.#expect(FIXED_64);
    const at = this.#at;
    this.#advance(8);
    return this.#bytes.readDoubleLE(at);
  }

  string(): string {
    this.#expect(LENGTH);
    const length = this.#varint();
    const at = this.#at;
    this.#advance(length);
    return this.#bytes.toString('utf8', at, at + length);
  }

  /** A view. */
  bytes(): Buffer {
    this.#expect(LENGTH);
    const length = this.#varint();
    const at = this.#at;
    this.#advance(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** Goes into the message that the field is. @returns what `leave` needs */
  enter(): number {
    this.#expect(LENGTH);
    const length = this.#varint();
    const outer = this.#end;
    if (this.#at + length > outer || ++this.#depth > MAX_DEPTH) throw broken();
    this.#end = this.#at + length;
    return outer;
  }

  /** Back from a message that was read to its end. */
  leave(outer: number): void {
    this.#depth--;
    this.#end = outer;
  }

  skip(): void {
    switch (this.#wireType) {
      case VARINT:
        this.#varint();
        break;
      case FIXED_64:
        this.#advance(8);
        break;
      case LENGTH:
        this.#advance(this.#varint());
        break;
      case FIXED_32:
        this.#advance(4);
        break;
      default:
        throw broken();
    }
  }

  #expect(wireType: number): void {
    if (this.#wireType !== wireType) throw broken();
  }

  #advance(bytes: number): void {
    this.#at += bytes;
    if (this.#at > this.#end) throw broken();
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#at >= this.#end) throw broken();
      const byte = this.#bytes[this.#at++]!;
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw broken();
  }
}

function broken(): Error {
  return new Error('what came is no message');
}

/** How a field is written. Groups, which nobody writes any more, are not read. */
const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const MAX_UINT32 = 0xffff_ffff;

/** What the last of the ten bytes of a number counts for. */
const LARGEST_FACTOR = 128 ** 9;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Walks over the fields of a protobuf message, in the order in which they were written. It copies nothing, takes no length
 * on trust, and needs no description of the message: the caller asks for what it knows and passes over the rest. So this
 * package reads the few fields that matter without a protobuf library, however much else is in the message.
 *
 * Everything but `number` throws a RangeError for bytes that are no protobuf message.
 */
export class ProtobufFields {
  /** Number of the field at hand. */
  number = 0;
  readonly #message: Uint8Array;
  #at = 0;
  #wire: number = WIRE.varint;
  /** Where the value of the field at hand begins. */
  #start = 0;

  constructor(message: Uint8Array) {
    this.#message = message;
  }

  /** Goes to the next field; false when there is none. */
  next(): boolean {
    if (this.#at >= this.#message.length) return false;
    const tag = this.#varint();
    if (tag > MAX_UINT32) throw broken();
    this.number = tag >>> 3;
    this.#wire = tag & 7;
    if (this.number === 0) throw broken();
    this.#start = this.#at;
    switch (this.#wire) {
      case WIRE.varint:
        this.#varint();
        return true;
      case WIRE.fixed64:
        this.#skip(8);
        return true;
      case WIRE.fixed32:
        this.#skip(4);
        return true;
      case WIRE.bytes: {
        const length = this.#varint();
        this.#start = this.#at;
        this.#skip(length);
        return true;
      }
      default:
        throw broken();
    }
  }

  /** The bytes of the field at hand, or the message in it. */
  bytes(): Uint8Array {
    this.#expect(WIRE.bytes);
    return this.#message.subarray(this.#start, this.#at);
  }

  text(): string {
    const bytes = this.bytes();
    try {
      return decoder.decode(bytes);
    } catch {
      throw new RangeError(`field ${this.number} is not UTF-8`);
    }
  }

  bool(): boolean {
    return this.#number() !== 0;
  }

  /** An integer from 0 to 2^32-1. */
  uint32(): number {
    return this.#within32Bits(this.#number());
  }

  /** Appends a repeated field: its numbers come together as bytes, or one by one. */
  uint32s(numbers: number[]): void {
    if (this.#wire === WIRE.varint) {
      numbers.push(this.uint32());
      return;
    }
    const bytes = this.bytes();
    let value = 0;
    let factor = 1;
    // Prompts are long: the same as `#varint`, without a call for each token.
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        numbers.push(this.#within32Bits(value));
        value = 0;
        factor = 1;
      } else {
        factor *= 128;
        if (factor > LARGEST_FACTOR) throw broken();
      }
    }
    if (factor > 1) throw broken();
  }

  /** How many numbers a repeated field holds here; what they are is not looked at. */
  varintCount(): number {
    if (this.#wire === WIRE.varint) return 1;
    let count = 0;
    for (const byte of this.bytes()) {
      if (byte < 0x80) count++;
    }
    return count;
  }

  #within32Bits(value: number): number {
    if (value > MAX_UINT32) throw new RangeError(`field ${this.number} holds ${value}, more than 32 bits`);
    return value;
  }

  #number(): number {
    this.#expect(WIRE.varint);
    const end = this.#at;
    this.#at = this.#start;
    const value = this.#varint();
    this.#at = end;
    return value;
  }

  #expect(wire: number): void {
    if (this.#wire === wire) return;
    throw new RangeError(`field ${this.number} has wire type ${this.#wire} instead of ${wire}`);
  }

  #skip(length: number): void {
    this.#at += length;
    if (this.#at > this.#message.length) throw broken();
  }

  /** Values above 2^53 lose their lowest bits, but nothing that is asked for is so large. */
  #varint(): number {
    let value = 0;
    for (let factor = 1, i = 0; i < 10; i++, factor *= 128) {
      const byte = this.#message[this.#at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw broken();
  }
}

function broken(): RangeError {
  return new RangeError('the bytes are no protobuf message');
}

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH = 2;

const PAGE_BYTES = 16_384;
/** Longer bytes are passed on as they are, without a copy. */
const COPIED_BYTES = 2048;

/**
 * Writes messages in the wire format of protocol buffers from their end to their beginning: when the length of an inner
 * message has to be written, it is known. So fields come in reverse:
 * `const end = writer.end(); writer.bool(2, true); writer.string(1, 'a'); writer.message(3, end);`
 */
export class ProtoWriter {
  #page: Buffer = Buffer.allocUnsafeSlow(PAGE_BYTES);
  /** The first byte that was written. */
  #at = PAGE_BYTES;
  /** The end of what is not among the parts yet. */
  #cut = PAGE_BYTES;
  /** Last part first. */
  #parts: Buffer[] = [];
  #size = 0;

  /** A message ends here: all that is written from now on belongs to it, until `message` with what this returns. */
  end(): number {
    return this.#size;
  }

  message(field: number, end: number): void {
    this.#varint(this.#size - end);
    this.#tag(field, LENGTH);
  }

  uint(field: number, value: number): void {
    this.#varint(value);
    this.#tag(field, VARINT);
  }

  bool(field: number, value: boolean): void {
    this.uint(field, value ? 1 : 0);
  }

  double(field: number, value: number): void {
    this.#room(8);
    this.#page.writeDoubleLE(value, this.#at);
    this.#tag(field, FIXED_64);
  }

  string(field: number, value: string): void {
    const length = Buffer.byteLength(value);
    if (length > COPIED_BYTES) this.#attach(Buffer.from(value));
    else {
      this.#room(length);
      this.#page.write(value, this.#at, length, length === value.length ? 'latin1' : 'utf8');
    }
    this.#varint(length);
    this.#tag(field, LENGTH);
  }

  /** @param value must not change any more */
  bytes(field: number, value: Uint8Array): void {
    if (value.length > COPIED_BYTES) this.#attach(value);
    else {
      this.#room(value.length);
      this.#page.set(value, this.#at);
    }
    this.#varint(value.length);
    this.#tag(field, LENGTH);
  }

  /** The message, in parts. The writer is ready for the next one. */
  finish(): Buffer[] {
    this.#close();
    const parts = this.#parts.reverse();
    this.#parts = [];
    this.#size = 0;
    return parts;
  }

  #attach(value: Uint8Array): void {
    this.#close();
    this.#parts.push(Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength));
    this.#size += value.length;
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType);
  }

  #varint(value: number): void {
    let bytes = 1;
    for (let rest = value; rest >= 128; rest /= 128) bytes++;
    this.#room(bytes);
    let at = this.#at;
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#page[at++] = (rest % 128) | 0x80;
    this.#page[at] = rest;
  }

  /** Pages are not used again: parts of earlier messages may still be on their way. */
  #room(bytes: number): void {
    if (this.#at < bytes) {
      this.#close();
      this.#page = Buffer.allocUnsafeSlow(PAGE_BYTES);
      this.#at = PAGE_BYTES;
      this.#cut = PAGE_BYTES;
    }
    this.#at -= bytes;
    this.#size += bytes;
  }

  #close(): void {
    if (this.#cut > this.#at) this.#parts.push(this.#page.subarray(this.#at, this.#cut));
    this.#cut = this.#at;
  }
}

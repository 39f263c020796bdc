import { H2_ERROR, Http2Error } from '../frame.ts';
import { DynamicTable } from './dynamic-table.ts';
import { decodeHuffman } from './huffman.ts';
import { type HeaderField, STATIC_TABLE } from './static-table.ts';

/** What a peer may use unless it is told otherwise. */
const TABLE_BYTES = 4096;
/** No sensible integer is longer. */
const MAX_INTEGER = 2 ** 28;

/** What a header counts beside its bytes (RFC 9113 §6.5.2). */
const FIELD_OVERHEAD = 32;
const COLON = 0x3a;
/** In small letters; those of pseudo-headers begin with a colon. */
const NAME = /^:?[!#$%&'*+.^_`|~0-9a-z-]+$/;
/** No value may have these. */
const FORBIDDEN = /[\0\r\n]/;

/** Header values by name; a name that comes twice keeps its first value. */
export type HeaderBlock = Readonly<Record<string, string | undefined>>;

/** Reads headers as a peer encodes them (RFC 7541). One for a connection: it remembers what the peer refers to. */
export class HpackDecoder {
  readonly #maxListBytes: number;
  readonly #table = new DynamicTable(TABLE_BYTES);
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #pseudoFields = 0;

  /** @param maxListBytes of all names and values of one block, and 32 for each header */
  constructor(maxListBytes: number) {
    this.#maxListBytes = maxListBytes;
  }

  /** Headers of the latest block whose name begins with a colon. */
  get pseudoFields(): number {
    return this.#pseudoFields;
  }

  /**
   * @returns the headers; `too long` when they are more than is taken; `malformed` when pseudo-headers come twice, or after
   * others. Later blocks can be read in any case
   * @throws Http2Error for what is no header block: nothing can be read any more
   */
  decode(block: Buffer): HeaderBlock | 'too long' | 'malformed' {
    this.#bytes = block;
    this.#at = 0;
    this.#pseudoFields = 0;
    const headers: Record<string, string> = Object.create(null);
    let fields = 0;
    let size = 0;
    let isMalformed = false;
    while (this.#at < block.length) {
      const field = this.#readField();
      if (field === undefined) {
        if (fields > 0) throw broken('the size of a table among them');
        continue;
      }
      fields++;
      const [name, value] = field;
      size += name.length + value.length + FIELD_OVERHEAD;
      if (size > this.#maxListBytes) continue;
      if (name.charCodeAt(0) === COLON) {
        isMalformed ||= this.#pseudoFields + 1 !== fields || headers[name] !== undefined;
        this.#pseudoFields++;
      }
      headers[name] ??= value;
    }
    if (size > this.#maxListBytes) return 'too long';
    return isMalformed ? 'malformed' : headers;
  }

  /** @returns undefined for an instruction that is no field */
  #readField(): HeaderField | undefined {
    const first = this.#bytes[this.#at]!;
    if ((first & 0x80) !== 0) return this.#fieldAt(this.#readInteger(7));
    if ((first & 0x40) !== 0) {
      const field = this.#readLiteral(6);
      this.#table.add(field);
      return field;
    }
    if ((first & 0x20) === 0) return this.#readLiteral(4);
    if (!this.#table.resize(this.#readInteger(5))) throw broken('a table that is larger than agreed on');
    return undefined;
  }

  #readLiteral(prefixBits: number): HeaderField {
    const index = this.#readInteger(prefixBits);
    const name = index === 0 ? this.#readString() : this.#fieldAt(index)[0];
    if (index === 0 && !NAME.test(name)) throw new Http2Error(H2_ERROR.PROTOCOL_ERROR, 'a header has no proper name');
    const value = this.#readString();
    if (FORBIDDEN.test(value)) throw new Http2Error(H2_ERROR.PROTOCOL_ERROR, 'a header has line ends');
    return [name, value];
  }

  #fieldAt(index: number): HeaderField {
    const field =
      index <= STATIC_TABLE.length ? STATIC_TABLE[index - 1] : this.#table.at(index - STATIC_TABLE.length - 1);
    if (field === undefined) throw broken(`entry ${index}, which there is not`);
    return field;
  }

  #readString(): string {
    const isHuffman = (this.#bytes[this.#at]! & 0x80) !== 0;
    const length = this.#readInteger(7);
    const start = this.#at;
    const end = start + length;
    if (end > this.#bytes.length) throw broken('a text that goes beyond its end');
    this.#at = end;
    return isHuffman ? decodeHuffman(this.#bytes, start, end) : this.#bytes.toString('latin1', start, end);
  }

  #readInteger(prefixBits: number): number {
    const mask = 2 ** prefixBits - 1;
    let value = this.#next() & mask;
    if (value < mask) return value;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#next();
      value += (byte & 0x7f) * factor;
      if (value > MAX_INTEGER || factor > MAX_INTEGER) throw broken('a number that is too large');
      if ((byte & 0x80) === 0) return value;
    }
  }

  #next(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw broken('a field without its end');
    return byte;
  }
}

function broken(what: string): Http2Error {
  return new Http2Error(H2_ERROR.COMPRESSION_ERROR, `the headers have ${what}`);
}

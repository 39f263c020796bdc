const CR = 13;
const LF = 10;
const END_OF_HEAD = Buffer.from('\r\n\r\n');
const NOTHING: Buffer = Buffer.alloc(0);

export interface MessageEvents {
  /** Start line and headers. */
  head(text: string): void;
  /** The first bytes of the body are here. */
  bodyBegins(): void;
  /** The message is complete; so many bytes its body had. */
  end(bodyBytes: number): void;
}

/**
 * Reads HTTP/1.1 messages, one after the other, from the bytes of a connection. It knows the framing that Envoy uses,
 * content-length and chunks, and looks at as few bytes as that takes: clients and model servers share the machine with what
 * is measured.
 */
export class MessageReader {
  readonly #events: MessageEvents;
  #state: 'head' | 'body' | 'size' | 'chunk' | 'trailers' = 'head';
  /** Of a head or a trailer that is not complete yet. */
  #kept = NOTHING;
  /** Bytes of the body or of the chunk with its line end that are still to come; the size while it is read. */
  #left = 0;
  #isInExtension = false;
  #bodyBytes = 0;
  #hasBegun = false;

  constructor(events: MessageEvents) {
    this.#events = events;
  }

  push(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      switch (this.#state) {
        case 'head':
          at = this.#readHead(bytes, at);
          break;
        case 'size':
          at = this.#readSize(bytes, at);
          break;
        case 'trailers':
          at = this.#readTrailers(bytes, at);
          break;
        default:
          at = this.#skip(bytes, at);
      }
    }
  }

  #readHead(bytes: Buffer, from: number): number {
    const seen = this.#kept.length === 0 ? bytes.subarray(from) : Buffer.concat([this.#kept, bytes.subarray(from)]);
    const end = seen.indexOf(END_OF_HEAD);
    if (end === -1) {
      this.#kept = seen;
      return bytes.length;
    }
    const next = bytes.length - (seen.length - end - END_OF_HEAD.length);
    this.#kept = NOTHING;
    const text = seen.toString('latin1', 0, end);
    this.#bodyBytes = 0;
    this.#hasBegun = false;
    this.#left = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0);
    this.#events.head(text);
    if (/\r\ntransfer-encoding: *chunked/i.test(text)) this.#beginChunk();
    else if (this.#left > 0) this.#state = 'body';
    else this.#end();
    return next;
  }

  #beginChunk(): void {
    this.#state = 'size';
    this.#left = 0;
    this.#isInExtension = false;
  }

  #readSize(bytes: Buffer, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === LF) {
        if (this.#left === 0) {
          this.#state = 'trailers';
        } else {
          this.#bodyBytes += this.#left;
          this.#left += 2;
          this.#state = 'chunk';
        }
        return at + 1;
      }
      const digit = hexDigit(byte);
      if (digit === -1) this.#isInExtension = true;
      else if (!this.#isInExtension) this.#left = this.#left * 16 + digit;
    }
    return bytes.length;
  }

  #skip(bytes: Buffer, from: number): number {
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      this.#events.bodyBegins();
    }
    const taken = Math.min(this.#left, bytes.length - from);
    this.#left -= taken;
    if (this.#state === 'body') this.#bodyBytes += taken;
    if (this.#left === 0) {
      if (this.#state === 'chunk') this.#beginChunk();
      else this.#end();
    }
    return from + taken;
  }

  #readTrailers(bytes: Buffer, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === CR) continue;
      if (byte !== LF) {
        this.#left++;
        continue;
      }
      if (this.#left === 0) {
        this.#end();
        return at + 1;
      }
      this.#left = 0;
    }
    return bytes.length;
  }

  #end(): void {
    this.#state = 'head';
    this.#events.end(this.#bodyBytes);
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

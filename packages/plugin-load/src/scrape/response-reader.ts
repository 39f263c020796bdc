import type { Answer } from './answer.ts';
import { BodyBuffer } from './body-buffer.ts';
import { isBlank, SEMICOLON } from './header-bytes.ts';
import { LineReader } from './line-reader.ts';
import { malformed } from './malformed.ts';
import { ResponseHead } from './response-head.ts';
import { ScrapeError } from './scrape-error.ts';

/** What comes next. */
const STATUS_LINE = 0;
const HEADER_LINE = 1;
const BODY_OF_LENGTH = 2;
const BODY_TO_END = 3;
const CHUNK_LINE = 4;
const CHUNK = 5;
const CHUNK_END = 6;
const TRAILER_LINE = 7;
const NOTHING = 8;

/** Of all that is no body: status lines, headers and trailers, also of interim answers, and chunk extensions. */
const MAX_HEAD_BYTES = 64 * 1024;
const MAX_SIZE_DIGITS = 16;

/** Reads answers to GET requests, one after the other, from the bytes of one HTTP/1 connection (RFC 9112). */
export class ResponseReader {
  readonly #maxBytes: number;
  readonly #lines = new LineReader();
  readonly #head = new ResponseHead();
  readonly #body = new BodyBuffer();
  #next = STATUS_LINE;
  #headBytes = 0;
  /** What is still to come of the body, or of the chunk. */
  #left = 0;
  #hasBegun = false;

  /** @param maxBytes of a body */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** True when the answer has begun, but not when it has been taken. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** True when the whole answer is there to be taken. */
  get isComplete(): boolean {
    return this.#next === NOTHING;
  }

  /** True when the answer lets its connection go on. Known once it is complete. */
  get persists(): boolean {
    return this.#head.persists;
  }

  /**
   * Reads the first `length` bytes of a buffer, which is the caller's again afterwards.
   * @returns how many of them belong to the answer
   * @throws ScrapeError when the answer is malformed or too large; nothing can be read after that
   */
  read(bytes: Buffer, length: number): number {
    this.#hasBegun = true;
    let at = 0;
    while (at < length && this.#next !== NOTHING) {
      if (this.#next === BODY_OF_LENGTH || this.#next === CHUNK) at = this.#readPart(bytes, at, length);
      else if (this.#next === BODY_TO_END) at = this.#readRest(bytes, at, length);
      else {
        const after = this.#lines.read(bytes, at, length, MAX_HEAD_BYTES - this.#headBytes + MAX_SIZE_DIGITS);
        if (after < 0) return length;
        at = after;
        this.#readLine(this.#lines.bytes, this.#lines.start, this.#lines.end);
      }
    }
    return at;
  }

  /** The connection has ended. @throws ScrapeError when the answer has not */
  end(): void {
    if (this.#next !== BODY_TO_END) {
      const when = this.#hasBegun ? 'amid its answer' : 'without an answer';
      throw new ScrapeError(`the server closed the connection ${when}`);
    }
    this.#next = NOTHING;
  }

  /** The complete answer. The next one can begin. */
  take(): Answer {
    const { status, encoding, location } = this.#head;
    this.#next = STATUS_LINE;
    this.#headBytes = 0;
    this.#hasBegun = false;
    return { status, encoding, location, body: this.#body.take() };
  }

  #readPart(bytes: Buffer, at: number, length: number): number {
    const to = Math.min(length, at + this.#left);
    this.#body.append(bytes, at, to);
    this.#left -= to - at;
    if (this.#left === 0) this.#next = this.#next === CHUNK ? CHUNK_END : NOTHING;
    return to;
  }

  #readRest(bytes: Buffer, at: number, length: number): number {
    this.#checkSize(length - at);
    this.#body.append(bytes, at, length);
    return length;
  }

  #readLine(bytes: Buffer, start: number, end: number): void {
    switch (this.#next) {
      case STATUS_LINE:
        this.#countHead(end - start + 2);
        this.#head.begin(bytes, start, end);
        this.#next = HEADER_LINE;
        break;
      case HEADER_LINE:
        this.#countHead(end - start + 2);
        if (start < end) this.#head.add(bytes, start, end);
        else this.#next = this.#afterHead();
        break;
      case CHUNK_LINE:
        this.#readChunkLine(bytes, start, end);
        break;
      case CHUNK_END:
        if (start < end) throw malformed('has a chunk that is longer than it says', bytes, start, end);
        this.#next = CHUNK_LINE;
        break;
      default:
        // Nobody reads trailers.
        this.#countHead(end - start + 2);
        if (start === end) this.#next = NOTHING;
    }
  }

  #afterHead(): number {
    const { status, isChunked, contentLength } = this.#head;
    if (status === 101) throw new ScrapeError('the answer changes the protocol, which was not asked for');
    if (status < 200) return STATUS_LINE;
    if (status === 204 || status === 304 || contentLength === 0) return NOTHING;
    if (isChunked) return CHUNK_LINE;
    if (contentLength < 0) return BODY_TO_END;
    this.#expect(contentLength);
    return BODY_OF_LENGTH;
  }

  #readChunkLine(bytes: Buffer, start: number, end: number): void {
    let size = 0;
    let i = start;
    // Ends at the CRLF, if not before.
    for (let digit = hexDigit(bytes[i]!); digit >= 0; digit = hexDigit(bytes[i]!)) {
      size = size * 16 + digit;
      i++;
    }
    const digits = i - start;
    this.#countHead(end - i);
    while (i < end && isBlank(bytes[i])) i++;
    if (digits === 0 || digits > MAX_SIZE_DIGITS || (i < end && bytes[i] !== SEMICOLON)) {
      throw malformed('has a chunk without a size', bytes, start, end);
    }
    if (size > 0) this.#expect(size);
    this.#next = size > 0 ? CHUNK : TRAILER_LINE;
  }

  #expect(length: number): void {
    this.#checkSize(length);
    this.#body.expect(length);
    this.#left = length;
  }

  #checkSize(more: number): void {
    if (this.#body.length + more > this.#maxBytes) {
      throw new ScrapeError(`the answer is larger than ${this.#maxBytes} bytes`);
    }
  }

  #countHead(bytes: number): void {
    this.#headBytes += bytes;
    if (this.#headBytes > MAX_HEAD_BYTES) throw new ScrapeError('the answer has too many or too long headers');
  }
}

/** The value of a hexadecimal digit; -1 when it is none. */
function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const small = byte | 0x20;
  return small >= 97 && small <= 102 ? small - 87 : -1;
}

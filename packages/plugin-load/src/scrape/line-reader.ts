import { SPACE, TAB } from './header-bytes.ts';
import { malformed } from './malformed.ts';
import { ScrapeError } from './scrape-error.ts';

const LF = 10;
const CR = 13;

const FIRST_CARRY_BYTES = 256;

/** Lines of an answer that end in CRLF, wherever the bytes are cut. A line in one piece is not copied. */
export class LineReader {
  /** The bytes that hold the line last read, from `start` to `end`, without its CRLF; until the next call. */
  bytes: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;

  /** The part of an unfinished line that has come so far. */
  #carry: Buffer = Buffer.alloc(0);
  #carried = 0;
  /** Where the carriage return of an unfinished line is; -1 when it has not come. */
  #returnAt = -1;

  /**
   * Reads up to the end of a line.
   * @param maxBytes of the line, with its CRLF
   * @returns the position after the line; -1 when all bytes were taken and the line goes on
   * @throws ScrapeError when the line is too long, or holds what no line may
   */
  read(bytes: Buffer, from: number, to: number, maxBytes: number): number {
    const carried = this.#carried;
    let i = from;
    for (; i < to; i++) {
      const byte = bytes[i]!;
      if (byte >= SPACE || byte === TAB) continue;
      if (byte === LF) break;
      if (byte !== CR || this.#returnAt >= 0) throw this.#malformed(bytes, from, i);
      this.#returnAt = carried + i - from;
    }
    const length = carried + i - from;
    if (length > maxBytes) throw new ScrapeError('the answer has too many or too long headers');
    if (i === to) {
      this.#keep(bytes, from, to);
      return -1;
    }
    if (length === 0 || this.#returnAt !== length - 1) throw this.#malformed(bytes, from, i);
    if (carried === 0) {
      this.bytes = bytes;
      this.start = from;
      this.end = i - 1;
    } else {
      this.#keep(bytes, from, i);
      this.bytes = this.#carry;
      this.start = 0;
      this.end = length - 1;
    }
    this.#carried = 0;
    this.#returnAt = -1;
    return i + 1;
  }

  #keep(bytes: Buffer, from: number, to: number): void {
    const length = this.#carried + to - from;
    if (length > this.#carry.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#carry.length, FIRST_CARRY_BYTES));
      this.#carry.copy(larger, 0, 0, this.#carried);
      this.#carry = larger;
    }
    bytes.copy(this.#carry, this.#carried, from, to);
    this.#carried = length;
  }

  /** The error shows the line up to and with what is wrong. */
  #malformed(bytes: Buffer, from: number, at: number): ScrapeError {
    this.#keep(bytes, from, at + 1);
    return malformed('has a line with a control character or a wrong end', this.#carry, 0, this.#carried);
  }
}

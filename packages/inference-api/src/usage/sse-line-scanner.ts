import { viewOf } from '../json/json-scanner.ts';

/** Receives a line: `bytes` from `start` up to `end`, without its line ending; valid during the call only. */
export type SseLineHandler = (bytes: Buffer, start: number, end: number) => void;

const lf = 0x0a;
const cr = 0x0d;
const byteOrderMark = [0xef, 0xbb, 0xbf] as const;
const smallestCarry = 512;

/**
 * Cuts a server-sent event stream into lines, however it is split into chunks. Lines end in `\n`, `\r\n` or `\r`; a
 * byte order mark at the very beginning is dropped. A line within one chunk is handed over in place; only a line
 * that spans chunks is copied.
 */
export class SseLineScanner {
  readonly #onLine: SseLineHandler;
  readonly #maxLineBytes: number;
  /** Beginning of the line that the last chunk did not finish. */
  #carry: Buffer = Buffer.alloc(0);
  #carried = 0;
  #markSeen = 0;
  #endedInCr = false;

  /** A line longer than `maxLineBytes` is handed over cut to that length. */
  constructor(onLine: SseLineHandler, maxLineBytes: number = 1 << 20) {
    this.#onLine = onLine;
    this.#maxLineBytes = maxLineBytes;
  }

  /** Takes the next bytes of the stream. They are not kept. */
  push(chunk: Uint8Array): void {
    const bytes = viewOf(chunk);
    let at = this.#markSeen < byteOrderMark.length ? this.#skipMark(bytes) : 0;
    if (this.#endedInCr && at < bytes.length) {
      this.#endedInCr = false;
      if (bytes[at] === lf) at++;
    }
    let nextLf = bytes.indexOf(lf, at);
    let nextCr = bytes.indexOf(cr, at);
    while (nextLf !== -1 || nextCr !== -1) {
      const end = nextCr === -1 || (nextLf !== -1 && nextLf < nextCr) ? nextLf : nextCr;
      this.#emit(bytes, at, end);
      at = end + 1;
      if (end === nextCr) {
        if (at === bytes.length) this.#endedInCr = true;
        else if (bytes[at] === lf) at++;
      }
      if (nextLf !== -1 && nextLf < at) nextLf = bytes.indexOf(lf, at);
      if (nextCr !== -1 && nextCr < at) nextCr = bytes.indexOf(cr, at);
    }
    if (at < bytes.length) this.#keep(bytes, at, bytes.length);
  }

  /** Takes the end of the stream: a last line without line ending is handed over. */
  end(): void {
    if (this.#markSeen < byteOrderMark.length && this.#markSeen > 0) this.#keepPartOfMark();
    if (this.#carried > 0) this.#emitCarried();
  }

  #emit(bytes: Buffer, start: number, end: number): void {
    if (this.#carried === 0) {
      this.#onLine(bytes, start, Math.min(end, start + this.#maxLineBytes));
      return;
    }
    this.#keep(bytes, start, end);
    this.#emitCarried();
  }

  #emitCarried(): void {
    const length = this.#carried;
    this.#carried = 0;
    this.#onLine(this.#carry.subarray(0, length), 0, length);
  }

  #keep(bytes: Buffer, start: number, end: number): void {
    const size = Math.min(end - start, this.#maxLineBytes - this.#carried);
    const needed = this.#carried + size;
    if (needed > this.#carry.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#carry.length, smallestCarry));
      this.#carry.copy(grown, 0, 0, this.#carried);
      this.#carry = grown;
    }
    bytes.copy(this.#carry, this.#carried, start, start + size);
    this.#carried = needed;
  }

  #skipMark(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length && this.#markSeen < byteOrderMark.length) {
      if (bytes[at] !== byteOrderMark[this.#markSeen]) {
        this.#keepPartOfMark();
        break;
      }
      at++;
      this.#markSeen++;
    }
    return at;
  }

  /** What looked like a mark was the beginning of a line. */
  #keepPartOfMark(): void {
    this.#keep(Buffer.from(byteOrderMark), 0, this.#markSeen);
    this.#markSeen = byteOrderMark.length;
  }
}

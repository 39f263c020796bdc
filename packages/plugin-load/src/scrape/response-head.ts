import { COLON, isBlank, isDigit, isText, SPACE, tokenEnd, ZERO } from './header-bytes.ts';
import { malformed } from './malformed.ts';

const HTTP_1 = 'HTTP/1.';
/** Of `HTTP/1.1 200`. */
const STATUS_AT = 9;
const STATUS_END = 12;

/** The head of an answer: its status, and those of its headers that tell how to read the body. */
export class ResponseHead {
  status = 0;
  /** Bytes of the body, perhaps more than a number can count exactly; -1 when the answer does not say. */
  contentLength = -1;
  isChunked = false;
  /** The value of Content-Encoding; undefined without. */
  encoding: string | undefined;
  /** The value of Location; undefined without. */
  location: string | undefined;
  /** HTTP/1.1 stays open unless it says otherwise; HTTP/1.0 closes. */
  #staysOpen = false;
  #closes = false;

  /** True when the connection can be used again after the answer. */
  get persists(): boolean {
    return this.#staysOpen && !this.#closes;
  }

  /** Takes a status line, with which a new head begins. @throws ScrapeError when it is none */
  begin(bytes: Buffer, start: number, end: number): void {
    const minor = bytes[start + HTTP_1.length];
    const isStatusLine =
      end - start >= STATUS_END &&
      beginsWith(bytes, start, HTTP_1) &&
      isDigit(minor) &&
      bytes[start + STATUS_AT - 1] === SPACE &&
      (end - start === STATUS_END || bytes[start + STATUS_END] === SPACE);
    const status = isStatusLine ? number(bytes, start + STATUS_AT, start + STATUS_END) : -1;
    if (status < 100) throw malformed('is no HTTP/1', bytes, start, end);
    this.status = status;
    this.contentLength = -1;
    this.isChunked = false;
    this.encoding = undefined;
    this.location = undefined;
    this.#staysOpen = minor !== ZERO;
    this.#closes = false;
  }

  /** Takes the line of one header. @throws ScrapeError when it is none, or leaves it open how long the body is */
  add(bytes: Buffer, start: number, end: number): void {
    const colon = tokenEnd(bytes, start, end);
    if (colon === start || colon === end || bytes[colon] !== COLON) {
      throw malformed('has a line that is no header', bytes, start, end);
    }
    let from = colon + 1;
    let to = end;
    while (from < to && isBlank(bytes[from])) from++;
    while (to > from && isBlank(bytes[to - 1])) to--;
    // Nearly every header is told apart by the length of its name.
    switch (colon - start) {
      case 8:
        if (isText(bytes, start, colon, 'location')) this.location ??= bytes.toString('utf8', from, to);
        break;
      case 10:
        if (isText(bytes, start, colon, 'connection')) this.#connection(bytes, from, to);
        break;
      case 14:
        if (isText(bytes, start, colon, 'content-length')) {
          const length = number(bytes, from, to);
          if (length < 0) throw malformed('has a length that is no number', bytes, start, end);
          if (this.contentLength >= 0) throw malformed('has more than one length', bytes, start, end);
          if (this.isChunked) throw malformed('has a length, and is in chunks', bytes, start, end);
          this.contentLength = length;
        }
        break;
      case 16:
        if (isText(bytes, start, colon, 'content-encoding')) {
          const value = bytes.toString('latin1', from, to);
          this.encoding = this.encoding === undefined ? value : `${this.encoding}, ${value}`;
        }
        break;
      case 17:
        if (isText(bytes, start, colon, 'transfer-encoding')) {
          if (this.isChunked || !isText(bytes, from, to, 'chunked')) {
            throw malformed('is transferred in another way than in chunks', bytes, start, end);
          }
          if (this.contentLength >= 0) throw malformed('has a length, and is in chunks', bytes, start, end);
          this.isChunked = true;
        }
    }
  }

  #connection(bytes: Buffer, from: number, to: number): void {
    if (isText(bytes, from, to, 'keep-alive')) {
      this.#staysOpen = true;
      return;
    }
    const options = bytes
      .toString('latin1', from, to)
      .toLowerCase()
      .split(/[ \t,]+/);
    if (options.includes('keep-alive')) this.#staysOpen = true;
    if (options.includes('close')) this.#closes = true;
  }
}

function beginsWith(bytes: Buffer, start: number, text: string): boolean {
  for (let k = 0; k < text.length; k++) if (bytes[start + k] !== text.charCodeAt(k)) return false;
  return true;
}

/** A decimal number without sign; -1 when it is none. */
function number(bytes: Buffer, from: number, to: number): number {
  if (from === to) return -1;
  let value = 0;
  for (let i = from; i < to; i++) {
    if (!isDigit(bytes[i])) return -1;
    value = value * 10 + bytes[i]! - ZERO;
  }
  return value;
}

import type { Duplex } from 'node:stream';
import { FLAG, FRAME, FRAME_HEAD_BYTES } from './frame.ts';

/** Frames are put together in pieces of this size. */
const PAGE_BYTES = 32_768;
/** Payloads up to here are copied beside their frame: another buffer costs more than the copy. */
const COPIED_BYTES = 4096;

/** Collects frames, and sends all that came together at once. */
export class FrameWriter {
  readonly #socket: Duplex;
  #page = Buffer.allocUnsafeSlow(PAGE_BYTES);
  /** Where the part of the page begins that is not among `#pieces` yet, and where it ends. */
  #from = 0;
  #to = 0;
  #pieces: Buffer[] = [];
  #isScheduled = false;
  readonly #flush = () => this.flush();

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  frame(type: number, flags: number, streamId: number, payload: Buffer): void {
    this.head(payload.length, type, flags, streamId);
    this.append(payload, 0, payload.length);
  }

  headers(streamId: number, block: Buffer, isEnd: boolean): void {
    this.frame(FRAME.HEADERS, FLAG.END_HEADERS | (isEnd ? FLAG.END_STREAM : 0), streamId, block);
  }

  /** WINDOW_UPDATE or RST_STREAM: a frame with one number. */
  number(type: number, streamId: number, value: number): void {
    this.head(4, type, 0, streamId);
    this.#room(4);
    this.#to = this.#page.writeUInt32BE(value, this.#to);
  }

  /** Begins a frame: so many bytes have to be appended to it before anything else is written. */
  head(length: number, type: number, flags: number, streamId: number): void {
    this.#room(FRAME_HEAD_BYTES);
    const page = this.#page;
    const at = this.#to;
    page.writeUIntBE(length, at, 3);
    page[at + 3] = type;
    page[at + 4] = flags;
    page.writeUInt32BE(streamId, at + 5);
    this.#to = at + FRAME_HEAD_BYTES;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    process.nextTick(this.#flush);
  }

  /** A part of a payload: what is between the two places. Large parts are not copied: they must not change any more. */
  append(bytes: Buffer, start: number, end: number): void {
    const length = end - start;
    if (length <= COPIED_BYTES) {
      this.#room(length);
      this.#to += bytes.copy(this.#page, this.#to, start, end);
      return;
    }
    this.#cut();
    this.#pieces.push(length === bytes.length ? bytes : bytes.subarray(start, end));
  }

  /** Sends what was collected. Happens by itself before other input is read. */
  flush(): void {
    this.#isScheduled = false;
    this.#cut();
    const pieces = this.#pieces;
    if (pieces.length === 0 || this.#socket.destroyed) return;
    this.#pieces = [];
    if (pieces.length === 1) {
      this.#socket.write(pieces[0]!);
      return;
    }
    this.#socket.cork();
    for (const piece of pieces) this.#socket.write(piece);
    this.#socket.uncork();
  }

  /** Pages are not used again: the socket may still hold them. */
  #room(bytes: number): void {
    if (this.#to + bytes <= PAGE_BYTES) return;
    this.#cut();
    this.#page = Buffer.allocUnsafeSlow(PAGE_BYTES);
    this.#from = 0;
    this.#to = 0;
  }

  #cut(): void {
    if (this.#to === this.#from) return;
    this.#pieces.push(this.#page.subarray(this.#from, this.#to));
    this.#from = this.#to;
  }
}

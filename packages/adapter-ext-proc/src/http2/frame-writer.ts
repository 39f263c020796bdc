import type { Duplex } from 'node:stream';
import { FLAG, FRAME, FRAME_HEAD_BYTES } from './frame.ts';

/** Frames are put together in pieces of this size. */
const PAGE_BYTES = 32_768;
/** Payloads up to here are copied beside their frame: another buffer costs more than the copy. */
const COPIED_BYTES = 4096;
/** A client that does not take what is sent gets no more while more than this waits for it. */
const UNSENT_BYTES = 4 * 1024 * 1024;
/**
 * A table of 0 bytes: header blocks that are sent remember nothing. A client that allows only a small table must hear this
 * before the first of them, and any other one may (RFC 7541 §4.2).
 */
const NO_TABLE = Buffer.from([0x20]);

/** Collects frames, and sends all that came together at once. */
export class FrameWriter {
  readonly #socket: Duplex;
  #page = Buffer.allocUnsafeSlow(PAGE_BYTES);
  /** Where the part of the page begins that is not among `#pieces` yet, and where it ends. */
  #from = 0;
  #to = 0;
  #pieces: Buffer[] = [];
  #isScheduled = false;
  /** Bytes that wait: in the socket as of the last flush, and what came since. */
  #waiting = 0;
  #hasSentHeaders = false;
  readonly #flush = () => this.flush();

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  /** Whether so much waits that nothing should be added. The socket emits `drain` later. */
  get isFull(): boolean {
    return this.#waiting > UNSENT_BYTES;
  }

  frame(type: number, flags: number, streamId: number, payload: Buffer): void {
    this.head(payload.length, type, flags, streamId);
    this.append(payload, 0, payload.length);
  }

  headers(streamId: number, block: Buffer, isEnd: boolean): void {
    const flags = FLAG.END_HEADERS | (isEnd ? FLAG.END_STREAM : 0);
    if (this.#hasSentHeaders) this.frame(FRAME.HEADERS, flags, streamId, block);
    else {
      this.#hasSentHeaders = true;
      this.frame(FRAME.HEADERS, flags, streamId, Buffer.concat([NO_TABLE, block]));
    }
  }

  /** WINDOW_UPDATE or RST_STREAM: a frame with one number. */
  number(type: number, streamId: number, value: number): void {
    this.head(4, type, 0, streamId);
    this.#room(4);
    this.#to = this.#page.writeUInt32BE(value, this.#to);
  }

  /** @param message for whoever debugs the client */
  goAway(lastStreamId: number, code: number, message: string): void {
    const payload = Buffer.alloc(8 + Buffer.byteLength(message));
    payload.writeUInt32BE(lastStreamId, 0);
    payload.writeUInt32BE(code, 4);
    payload.write(message, 8);
    this.frame(FRAME.GOAWAY, 0, 0, payload);
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
    this.#waiting += FRAME_HEAD_BYTES + length;
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
    if (pieces.length === 0) return;
    const socket = this.#socket;
    this.#pieces = [];
    if (!socket.writable) return;
    if (pieces.length === 1) socket.write(pieces[0]!);
    else {
      socket.cork();
      for (const piece of pieces) socket.write(piece);
      socket.uncork();
    }
    this.#waiting = socket.writableLength;
  }

  /** The socket has sent all that it was given. */
  drained(): void {
    this.flush();
    this.#waiting = this.#socket.writableLength;
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

import { FLAG, FRAME, FRAME_HEAD_BYTES, H2_ERROR, Http2Error } from './frame.ts';
import { checkFrame } from './frame-rules.ts';

/** Who is told what a peer sent. */
export interface FrameSink {
  /** The peer has shown that it speaks HTTP/2: nothing is told before. */
  onPreface(): void;
  /**
   * A piece of a body, as soon as it is there.
   * @param payload a view of what was received
   * @param flowBytes how much it counts for flow control
   * @param isEnd whether the stream ends with it
   */
  onData(streamId: number, payload: Buffer, flowBytes: number, isEnd: boolean): void;
  /** Any other frame. */
  onFrame(type: number, flags: number, streamId: number, payload: Buffer): void;
}

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const EMPTY = Buffer.alloc(0);

/** What came is not even the beginning of HTTP/2. */
export class PrefaceError extends Error {
  override readonly name = 'PrefaceError';
  /** Whether it looks like HTTP/1. */
  readonly isHttp1: boolean;

  constructor(isHttp1: boolean) {
    super('the client does not speak HTTP/2');
    this.isHttp1 = isHttp1;
  }
}

/** Cuts what a client sends into frames. @throws PrefaceError; Http2Error, also out of the sink */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #maxFrameBytes: number;
  #prefaceBytes = 0;
  readonly #head = Buffer.alloc(FRAME_HEAD_BYTES);
  #headBytes = 0;
  #type = 0;
  #flags = 0;
  #streamId = 0;
  /** Bytes of the payload that have not come yet. */
  #missing = 0;
  /** The payload so far, of a frame that has to be whole. */
  #payload: Buffer | undefined;
  #payloadBytes = 0;

  constructor(sink: FrameSink, maxFrameBytes: number) {
    this.#sink = sink;
    this.#maxFrameBytes = maxFrameBytes;
  }

  push(chunk: Buffer): void {
    let at = this.#prefaceBytes < PREFACE.length ? this.#readPreface(chunk) : 0;
    while (at < chunk.length) {
      if (this.#headBytes < FRAME_HEAD_BYTES) {
        at = this.#readHead(chunk, at);
        if (this.#headBytes < FRAME_HEAD_BYTES) return;
        if (this.#missing === 0) this.#finish(EMPTY);
        continue;
      }
      const taken = Math.min(this.#missing, chunk.length - at);
      this.#missing -= taken;
      this.#take(chunk.subarray(at, at + taken));
      at += taken;
    }
  }

  #readPreface(chunk: Buffer): number {
    const taken = Math.min(PREFACE.length - this.#prefaceBytes, chunk.length);
    const expected = PREFACE.subarray(this.#prefaceBytes, this.#prefaceBytes + taken);
    if (chunk.compare(expected, 0, taken, 0, taken) !== 0) {
      throw new PrefaceError(this.#prefaceBytes > 0 || isCapital(chunk[0]!));
    }
    this.#prefaceBytes += taken;
    if (this.#prefaceBytes === PREFACE.length) this.#sink.onPreface();
    return taken;
  }

  #readHead(chunk: Buffer, at: number): number {
    let head = chunk;
    let from = at;
    let end = at + FRAME_HEAD_BYTES;
    if (this.#headBytes > 0 || end > chunk.length) {
      end = Math.min(at + FRAME_HEAD_BYTES - this.#headBytes, chunk.length);
      chunk.copy(this.#head, this.#headBytes, at, end);
      this.#headBytes += end - at;
      if (this.#headBytes < FRAME_HEAD_BYTES) return end;
      head = this.#head;
      from = 0;
    }
    this.#headBytes = FRAME_HEAD_BYTES;
    const length = head.readUIntBE(from, 3);
    if (length > this.#maxFrameBytes) throw new Http2Error(H2_ERROR.FRAME_SIZE_ERROR, 'a frame is too long');
    this.#type = head[from + 3]!;
    this.#flags = head[from + 4]!;
    this.#streamId = head.readUInt32BE(from + 5) & 0x7fff_ffff;
    this.#missing = length;
    checkFrame(this.#type, this.#flags, this.#streamId, length);
    return end;
  }

  #take(piece: Buffer): void {
    const isStreamed = this.#type === FRAME.DATA && (this.#flags & FLAG.PADDED) === 0;
    if (isStreamed && this.#missing > 0) this.#sink.onData(this.#streamId, piece, piece.length, false);
    else if (isStreamed || (this.#payload === undefined && this.#missing === 0)) this.#finish(piece);
    else this.#collect(piece);
  }

  #collect(piece: Buffer): void {
    this.#payload ??= Buffer.allocUnsafe(piece.length + this.#missing);
    piece.copy(this.#payload, this.#payloadBytes);
    this.#payloadBytes += piece.length;
    if (this.#missing === 0) this.#finish(this.#payload);
  }

  #finish(payload: Buffer): void {
    this.#headBytes = 0;
    this.#payload = undefined;
    this.#payloadBytes = 0;
    if (this.#type !== FRAME.DATA) this.#sink.onFrame(this.#type, this.#flags, this.#streamId, payload);
    else {
      const isEnd = (this.#flags & FLAG.END_STREAM) !== 0;
      this.#sink.onData(this.#streamId, withoutPadding(this.#flags, payload), payload.length, isEnd);
    }
  }
}

/** Methods of HTTP/1 begin with one. */
function isCapital(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}

/** @throws Http2Error for more padding than there is payload */
export function withoutPadding(flags: number, payload: Buffer): Buffer {
  if ((flags & FLAG.PADDED) === 0) return payload;
  const end = payload.length - (payload[0] ?? 0);
  if (payload.length === 0 || end < 1) throw new Http2Error(H2_ERROR.PROTOCOL_ERROR, 'a frame is all padding');
  return payload.subarray(1, end);
}

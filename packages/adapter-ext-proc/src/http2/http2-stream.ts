import type { ByteBudget } from '../memory/byte-budget.ts';
import { FRAME, H2_ERROR, type Http2ErrorCode } from './frame.ts';
import type { FrameWriter } from './frame-writer.ts';

/** Who serves one stream. */
export interface StreamListener {
  /** @param payload a view of what was received */
  onData(payload: Buffer): void;
  /** The client has said all. */
  onEnd(): void;
  /** The client hears nothing any more. Nothing is told after it. */
  onReset(): void;
  /** All that was sent has gone out. Told after `send` returned false. */
  onDrained(): void;
  /** The server ends: what would never end by itself has to end now. */
  onGoAway(): void;
}

/** What a stream needs of its connection. */
export interface StreamOwner {
  readonly writer: FrameWriter;
  readonly maxFrameBytes: number;
  /** How much the client takes of all streams together. */
  sendWindow: number;
  /** Counts what waits for clients. */
  readonly unsent: ByteBudget;
  /** The stream waits for `sendWindow` to open, or for the writer. */
  blocked(stream: Http2Stream): void;
  /** Nothing more happens on the stream. */
  closed(stream: Http2Stream): void;
}

/** Bytes that a client may send on one stream before it is told that they were read. */
export const STREAM_WINDOW_BYTES = 1024 * 1024;
/** So much may wait for the client before whoever sends is asked to wait. */
const WAITING_BYTES = 64 * 1024;

/** One request of a client, and its answer. */
export class Http2Stream {
  readonly id: number;
  /** Set by whoever accepts the stream. */
  listener: StreamListener | undefined;
  sendWindow: number;
  readonly #owner: StreamOwner;
  readonly #queue: Buffer[] = [];
  #queuedBytes = 0;
  /** As much of them as `unsent` knows of. */
  #countedBytes = 0;
  /** Where the first of the queue goes on. */
  #queuedFrom = 0;
  #trailers: Buffer | undefined;
  #isClientDone: boolean;
  #isOver = false;
  /** Bytes that came and that the client was not told to have been read. */
  #owed = 0;
  /** Bytes that the client still has to send; NaN when it did not say how many. */
  #missing: number;
  #isHeld = false;
  #isWaitedFor = false;

  /**
   * @param contentLength bytes that the client announced; NaN for none
   * @param isClientDone whether its headers are all that the client says; whoever serves the stream is told by `clientEnded`
   */
  constructor(owner: StreamOwner, id: number, sendWindow: number, contentLength: number, isClientDone: boolean) {
    this.#owner = owner;
    this.id = id;
    this.sendWindow = sendWindow;
    this.#missing = contentLength;
    this.#isClientDone = isClientDone;
  }

  get isClientDone(): boolean {
    return this.#isClientDone;
  }

  /** @param block as `encodeHeaders` makes it */
  sendHeaders(block: Buffer): void {
    if (!this.#isOver) this.#owner.writer.headers(this.id, block, false);
  }

  /**
   * Ends the stream when clients have left too much lying.
   * @param parts must not change any more
   * @returns false when the client lags behind: more should wait for `onDrained`
   */
  send(...parts: readonly Buffer[]): boolean {
    if (this.#isOver || this.#trailers !== undefined) return true;
    for (const part of parts) {
      this.#queue.push(part);
      this.#queuedBytes += part.length;
    }
    this.pump();
    if (!this.#count()) this.fail(H2_ERROR.ENHANCE_YOUR_CALM);
    if (this.#queuedBytes <= WAITING_BYTES) return true;
    this.#isWaitedFor = true;
    return false;
  }

  /** Ends the answer, after all that was sent. @param block trailers, as `encodeHeaders` makes them */
  end(block: Buffer): void {
    if (this.#isOver || this.#trailers !== undefined) return;
    this.#trailers = block;
    this.pump();
  }

  /** Ends the stream at once, whatever was sent. */
  fail(code: Http2ErrorCode): void {
    if (this.#isOver) return;
    this.#owner.writer.number(FRAME.RST_STREAM, this.id, code);
    this.lost();
  }

  /** While a stream is held, the client may not send more than it already was allowed to. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#settle();
  }

  /** Sends as much of what waits as the client takes. */
  pump(): void {
    const owner = this.#owner;
    while (this.#queuedBytes > 0) {
      const bytes = Math.min(this.#queuedBytes, this.sendWindow, owner.sendWindow, owner.maxFrameBytes);
      if (bytes <= 0 || owner.writer.isFull) {
        if (this.sendWindow > 0) owner.blocked(this);
        this.#discount();
        return;
      }
      owner.sendWindow -= bytes;
      this.sendWindow -= bytes;
      owner.writer.head(bytes, FRAME.DATA, 0, this.id);
      this.#appendQueued(bytes);
    }
    this.#discount();
    if (this.#trailers !== undefined) this.#finish(this.#trailers);
    else if (this.#isWaitedFor) {
      this.#isWaitedFor = false;
      this.listener?.onDrained();
    }
  }

  /** @returns false when the client sent more than it may */
  received(payload: Buffer, flowBytes: number, isEnd: boolean): boolean {
    this.#owed += flowBytes;
    if (this.#owed > STREAM_WINDOW_BYTES) return false;
    this.#missing -= payload.length;
    if (this.#missing < 0) this.fail(H2_ERROR.PROTOCOL_ERROR);
    if (payload.length > 0) this.listener?.onData(payload);
    if (isEnd) this.clientEnded();
    else this.#settle();
    return true;
  }

  clientEnded(): void {
    this.#isClientDone = true;
    if (this.#missing > 0) this.fail(H2_ERROR.PROTOCOL_ERROR);
    if (!this.#isOver) this.listener?.onEnd();
  }

  /** The client, or its connection, is gone. */
  lost(): void {
    if (this.#isOver) return;
    const { listener } = this;
    this.#close();
    listener?.onReset();
  }

  #appendQueued(bytes: number): void {
    this.#queuedBytes -= bytes;
    for (let left = bytes; left > 0; ) {
      const first = this.#queue[0]!;
      const end = Math.min(this.#queuedFrom + left, first.length);
      this.#owner.writer.append(first, this.#queuedFrom, end);
      left -= end - this.#queuedFrom;
      this.#queuedFrom = end;
      if (end < first.length) return;
      this.#queue.shift();
      this.#queuedFrom = 0;
    }
  }

  /** @returns false when more waits than may, for all streams together */
  #count(): boolean {
    const more = this.#queuedBytes - this.#countedBytes;
    if (more <= 0) return true;
    if (!this.#owner.unsent.take(more)) return false;
    this.#countedBytes = this.#queuedBytes;
    return true;
  }

  #discount(): void {
    if (this.#countedBytes <= this.#queuedBytes) return;
    this.#owner.unsent.give(this.#countedBytes - this.#queuedBytes);
    this.#countedBytes = this.#queuedBytes;
  }

  #settle(): void {
    if (this.#isHeld || this.#isOver || this.#isClientDone || this.#owed < STREAM_WINDOW_BYTES / 2) return;
    this.#owner.writer.number(FRAME.WINDOW_UPDATE, this.id, this.#owed);
    this.#owed = 0;
  }

  #finish(trailers: Buffer): void {
    this.#owner.writer.headers(this.id, trailers, true);
    // The answer is complete: whatever the client still has to say is not needed.
    if (!this.#isClientDone) this.#owner.writer.number(FRAME.RST_STREAM, this.id, H2_ERROR.NO_ERROR);
    this.#close();
  }

  #close(): void {
    this.#isOver = true;
    this.#queue.length = 0;
    this.#queuedBytes = 0;
    this.#discount();
    this.listener = undefined;
    this.#owner.closed(this);
  }
}

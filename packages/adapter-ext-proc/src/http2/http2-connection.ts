import type { Socket } from 'node:net';
import {
  DEFAULT_FRAME_BYTES,
  DEFAULT_WINDOW_BYTES,
  FLAG,
  FRAME,
  H2_ERROR,
  Http2Error,
  MAX_WINDOW_BYTES,
  SETTING,
} from './frame.ts';
import { FrameReader, type FrameSink, withoutPadding } from './frame-reader.ts';
import { FrameWriter } from './frame-writer.ts';
import { type HeaderBlock, HpackDecoder } from './hpack/hpack-decoder.ts';
import { Http2Stream, STREAM_WINDOW_BYTES, type StreamListener, type StreamOwner } from './http2-stream.ts';

/** Serves the streams of a connection. */
export type StreamHandler = (stream: Http2Stream, headers: HeaderBlock) => StreamListener | undefined;

/** Bytes that a client may send on all streams together before it is told that they were read. */
const CONNECTION_WINDOW_BYTES = 64 * 1024 * 1024;
const FRAME_BYTES = 256 * 1024;
const HEADER_BYTES = 64 * 1024;
const MAX_CONTINUATIONS = 32;
/** A client that does not take what is sent is not read while more than this waits for it. */
const UNSENT_BYTES = 4 * 1024 * 1024;
const MAX_STREAM_ID = 0x7fff_ffff;
const EMPTY = Buffer.alloc(0);

/**
 * The server's side of one HTTP/2 connection (RFC 9113), as gRPC needs it. Unlike that of Node it takes any number of
 * resets: a proxy resets the stream of every request that is over.
 */
export class Http2Connection implements FrameSink, StreamOwner {
  readonly writer: FrameWriter;
  maxFrameBytes = DEFAULT_FRAME_BYTES;
  sendWindow = DEFAULT_WINDOW_BYTES;
  readonly #socket: Socket;
  readonly #handler: StreamHandler;
  readonly #reader = new FrameReader(this, FRAME_BYTES);
  readonly #headers = new HpackDecoder(HEADER_BYTES);
  readonly #streams = new Map<number, Http2Stream>();
  readonly #blocked = new Set<Http2Stream>();
  #streamWindow = DEFAULT_WINDOW_BYTES;
  #lastStreamId = 0;
  #hasSettings = false;
  #owed = 0;
  /** A header block whose end has not come. */
  #open: { readonly streamId: number; readonly flags: number; block: Buffer; continuations: number } | undefined;
  #goingAway: 'no' | 'announced' | 'final' = 'no';
  #isOver = false;

  constructor(socket: Socket, handler: StreamHandler) {
    this.#socket = socket;
    this.#handler = handler;
    this.writer = new FrameWriter(socket);
    this.writer.frame(FRAME.SETTINGS, 0, 0, settings());
    this.writer.number(FRAME.WINDOW_UPDATE, 0, CONNECTION_WINDOW_BYTES - DEFAULT_WINDOW_BYTES);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('drain', () => socket.resume());
    socket.on('error', () => {});
    socket.on('end', () => this.#end());
    socket.on('close', () => this.#lose());
  }

  /** Whether the client has shown that it speaks HTTP/2. */
  get isOpen(): boolean {
    return this.#hasSettings;
  }

  /** Has the client begin no new streams, and closes the connection when those that are open have ended. */
  goAway(): void {
    if (this.#goingAway !== 'no') return;
    this.#goingAway = 'announced';
    this.#sendGoAway(MAX_STREAM_ID, H2_ERROR.NO_ERROR);
    // Streams that cross this message on their way are still served: only the answer to it tells that none is left.
    this.writer.frame(FRAME.PING, 0, 0, Buffer.alloc(8));
    if (!this.#hasSettings) this.#close();
  }

  destroy(): void {
    this.#socket.destroy();
    this.#lose();
  }

  blocked(stream: Http2Stream): void {
    this.#blocked.add(stream);
  }

  closed(stream: Http2Stream): void {
    this.#streams.delete(stream.id);
    this.#blocked.delete(stream);
    if (this.#goingAway === 'final' && this.#streams.size === 0) this.#close();
  }

  onData(streamId: number, payload: Buffer, flowBytes: number, isEnd: boolean): void {
    this.#checkOrder(FRAME.DATA);
    this.#owed += flowBytes;
    if (this.#owed > CONNECTION_WINDOW_BYTES) throw new Http2Error(H2_ERROR.FLOW_CONTROL_ERROR, 'too much data');
    const stream = this.#streams.get(streamId);
    if (stream === undefined) this.#checkKnown(streamId);
    else if (stream.isClientDone) throw new Http2Error(H2_ERROR.STREAM_CLOSED, 'data after the end of a stream');
    else if (!stream.received(payload, flowBytes, isEnd)) {
      throw new Http2Error(H2_ERROR.FLOW_CONTROL_ERROR, 'too much data on a stream');
    }
    if (this.#owed < CONNECTION_WINDOW_BYTES / 2) return;
    this.writer.number(FRAME.WINDOW_UPDATE, 0, this.#owed);
    this.#owed = 0;
  }

  onFrame(type: number, flags: number, streamId: number, payload: Buffer): void {
    this.#checkOrder(type);
    switch (type) {
      case FRAME.HEADERS:
        this.#onHeaders(flags, streamId, payload);
        break;
      case FRAME.CONTINUATION:
        this.#onContinuation(flags, streamId, payload);
        break;
      case FRAME.RST_STREAM:
        checkSize(payload.length === 4);
        (this.#streams.get(streamId) ?? this.#checkKnown(streamId))?.lost();
        break;
      case FRAME.SETTINGS:
        this.#onSettings(flags, streamId, payload);
        break;
      case FRAME.PING:
        this.#onPing(flags, streamId, payload);
        break;
      case FRAME.WINDOW_UPDATE:
        this.#onWindowUpdate(streamId, payload);
        break;
      case FRAME.PUSH_PROMISE:
        throw new Http2Error(H2_ERROR.PROTOCOL_ERROR, 'a client cannot push');
      // Priorities mean nothing here, and a client that goes away closes the connection. What is unknown is ignored.
    }
  }

  #read(chunk: Buffer): void {
    if (this.#isOver) return;
    try {
      this.#reader.push(chunk);
    } catch (error) {
      const code = error instanceof Http2Error ? error.code : H2_ERROR.INTERNAL_ERROR;
      this.#sendGoAway(this.#lastStreamId, code, error instanceof Http2Error ? error.message : '');
      this.#close();
      this.#lose();
      return;
    }
    if (this.#socket.writableLength > UNSENT_BYTES) this.#socket.pause();
  }

  /** What must come before what. */
  #checkOrder(type: number): void {
    if (this.#open !== undefined && type !== FRAME.CONTINUATION) {
      throw new Http2Error(H2_ERROR.PROTOCOL_ERROR, 'headers without their end');
    }
    if (!this.#hasSettings && type !== FRAME.SETTINGS) {
      throw new Http2Error(H2_ERROR.PROTOCOL_ERROR, 'the first frame is no SETTINGS');
    }
  }

  /** Frames of streams that are over may still be on their way; frames of others may not. */
  #checkKnown(streamId: number): undefined {
    if (streamId !== 0 && streamId <= this.#lastStreamId) return undefined;
    throw new Http2Error(H2_ERROR.PROTOCOL_ERROR, `stream ${streamId} was never begun`);
  }

  #onHeaders(flags: number, streamId: number, payload: Buffer): void {
    let block = withoutPadding(flags, payload);
    if ((flags & FLAG.PRIORITY) !== 0) {
      checkSize(block.length >= 5);
      block = block.subarray(5);
    }
    if ((flags & FLAG.END_HEADERS) !== 0) this.#onBlock(flags, streamId, block);
    else this.#open = { streamId, flags, block, continuations: 0 };
  }

  #onContinuation(flags: number, streamId: number, payload: Buffer): void {
    const open = this.#open;
    if (open === undefined || open.streamId !== streamId) {
      throw new Http2Error(H2_ERROR.PROTOCOL_ERROR, 'a continuation of nothing');
    }
    if (++open.continuations > MAX_CONTINUATIONS || open.block.length + payload.length > HEADER_BYTES) {
      throw new Http2Error(H2_ERROR.ENHANCE_YOUR_CALM, 'the headers are too long');
    }
    open.block = Buffer.concat([open.block, payload]);
    if ((flags & FLAG.END_HEADERS) === 0) return;
    this.#open = undefined;
    this.#onBlock(open.flags, streamId, open.block);
  }

  #onBlock(flags: number, streamId: number, block: Buffer): void {
    // Also for streams that nobody wants: it may change what later blocks refer to.
    const headers = this.#headers.decode(block);
    const isEnd = (flags & FLAG.END_STREAM) !== 0;
    const known = this.#streams.get(streamId);
    if (known !== undefined) {
      if (known.isClientDone) throw new Http2Error(H2_ERROR.STREAM_CLOSED, 'headers after the end of a stream');
      if (isEnd) known.clientEnded();
      else {
        known.reset(H2_ERROR.PROTOCOL_ERROR);
        known.lost();
      }
      return;
    }
    if (streamId <= this.#lastStreamId) {
      this.#checkKnown(streamId);
      return;
    }
    if (streamId % 2 === 0) throw new Http2Error(H2_ERROR.PROTOCOL_ERROR, 'streams of clients have odd numbers');
    // Whoever has heard that no more are taken begins it elsewhere.
    if (this.#goingAway === 'final') return;
    this.#lastStreamId = streamId;
    const stream = new Http2Stream(this, streamId, this.#streamWindow);
    this.#streams.set(streamId, stream);
    stream.listener = this.#handler(stream, headers);
    if (isEnd) stream.clientEnded();
  }

  #onSettings(flags: number, streamId: number, payload: Buffer): void {
    if (streamId !== 0) throw new Http2Error(H2_ERROR.PROTOCOL_ERROR, 'settings of a stream');
    this.#hasSettings = true;
    if ((flags & FLAG.ACK) !== 0) {
      checkSize(payload.length === 0);
      return;
    }
    checkSize(payload.length % 6 === 0);
    for (let at = 0; at < payload.length; at += 6) {
      const value = payload.readUInt32BE(at + 2);
      switch (payload.readUInt16BE(at)) {
        case SETTING.INITIAL_WINDOW_SIZE:
          this.#resizeWindows(value);
          break;
        case SETTING.MAX_FRAME_SIZE:
          if (value < DEFAULT_FRAME_BYTES || value > 0xff_ffff) {
            throw new Http2Error(H2_ERROR.PROTOCOL_ERROR, 'frames of an impossible size');
          }
          this.maxFrameBytes = value;
      }
    }
    this.writer.frame(FRAME.SETTINGS, FLAG.ACK, 0, EMPTY);
  }

  #resizeWindows(bytes: number): void {
    if (bytes > MAX_WINDOW_BYTES) throw new Http2Error(H2_ERROR.FLOW_CONTROL_ERROR, 'a window of an impossible size');
    const change = bytes - this.#streamWindow;
    this.#streamWindow = bytes;
    for (const stream of [...this.#streams.values()]) this.#widen(stream, change);
  }

  #onPing(flags: number, streamId: number, payload: Buffer): void {
    if (streamId !== 0) throw new Http2Error(H2_ERROR.PROTOCOL_ERROR, 'a ping of a stream');
    checkSize(payload.length === 8);
    if ((flags & FLAG.ACK) === 0) this.writer.frame(FRAME.PING, FLAG.ACK, 0, payload);
    else if (this.#goingAway === 'announced') {
      this.#goingAway = 'final';
      this.#sendGoAway(this.#lastStreamId, H2_ERROR.NO_ERROR);
      if (this.#streams.size === 0) this.#close();
    }
  }

  #onWindowUpdate(streamId: number, payload: Buffer): void {
    checkSize(payload.length === 4);
    const more = payload.readUInt32BE(0) & MAX_WINDOW_BYTES;
    if (more === 0) throw new Http2Error(H2_ERROR.PROTOCOL_ERROR, 'a window that does not open');
    if (streamId !== 0) {
      const stream = this.#streams.get(streamId) ?? this.#checkKnown(streamId);
      if (stream !== undefined) this.#widen(stream, more);
      return;
    }
    this.sendWindow += more;
    if (this.sendWindow > MAX_WINDOW_BYTES) throw new Http2Error(H2_ERROR.FLOW_CONTROL_ERROR, 'a window too wide');
    const blocked = [...this.#blocked];
    this.#blocked.clear();
    for (const stream of blocked) stream.pump();
  }

  #widen(stream: Http2Stream, bytes: number): void {
    stream.sendWindow += bytes;
    if (stream.sendWindow > MAX_WINDOW_BYTES) throw new Http2Error(H2_ERROR.FLOW_CONTROL_ERROR, 'a window too wide');
    stream.pump();
  }

  #sendGoAway(lastStreamId: number, code: number, message = ''): void {
    const payload = Buffer.alloc(8 + Buffer.byteLength(message));
    payload.writeUInt32BE(lastStreamId, 0);
    payload.writeUInt32BE(code, 4);
    payload.write(message, 8);
    this.writer.frame(FRAME.GOAWAY, 0, 0, payload);
  }

  /** The client says nothing more: it cannot have its answers either, as HTTP/2 has no half-closed connections. */
  #end(): void {
    this.#lose();
    this.#close();
  }

  #close(): void {
    this.#isOver = true;
    this.writer.flush();
    this.#socket.destroySoon();
  }

  #lose(): void {
    this.#isOver = true;
    for (const stream of [...this.#streams.values()]) stream.lost();
  }
}

function settings(): Buffer {
  const entries = [
    [SETTING.INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES],
    [SETTING.MAX_FRAME_SIZE, FRAME_BYTES],
    [SETTING.MAX_HEADER_LIST_SIZE, HEADER_BYTES],
  ] as const;
  const payload = Buffer.alloc(entries.length * 6);
  entries.forEach(([id, value], i) => {
    payload.writeUInt16BE(id, i * 6);
    payload.writeUInt32BE(value, i * 6 + 2);
  });
  return payload;
}

/** @throws Http2Error */
function checkSize(isRight: boolean): void {
  if (!isRight) throw new Http2Error(H2_ERROR.FRAME_SIZE_ERROR, 'a frame of a wrong size');
}

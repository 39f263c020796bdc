import type { Socket } from 'node:net';
import type { ByteBudget } from '../memory/byte-budget.ts';
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
import { FrameReader, type FrameSink, PrefaceError } from './frame-reader.ts';
import { FrameWriter } from './frame-writer.ts';
import { HeaderAssembly } from './header-assembly.ts';
import { encodeHeaders } from './hpack/encode-headers.ts';
import { type HeaderBlock, HpackDecoder } from './hpack/hpack-decoder.ts';
import { HTTP1_REFUSAL } from './http1-refusal.ts';
import { Http2Stream, STREAM_WINDOW_BYTES, type StreamListener, type StreamOwner } from './http2-stream.ts';
import { Liveness } from './liveness.ts';
import { isMalformedRequest } from './request-fault.ts';
import { encodeSettings, readSettings } from './settings.ts';

/** Serves the streams of a connection. */
export type StreamHandler = (stream: Http2Stream, headers: HeaderBlock) => StreamListener | undefined;

/** How much a connection takes on. */
export interface ConnectionLimits {
  /** Streams that may be open; more are refused. */
  readonly streams: number;
  /** Counts what waits for clients, on all connections that have it in common. */
  readonly unsent: ByteBudget;
}

/** Bytes that a client may send on all streams together before it is told that they were read. */
const CONNECTION_WINDOW_BYTES = 64 * 1024 * 1024;
const FRAME_BYTES = 256 * 1024;
/** Of names, values and 32 bytes for each header. */
const HEADER_BYTES = 64 * 1024;
/** SETTINGS frames between two looks: each may cost work on all streams. */
const MAX_SETTINGS = 1000;
/** Looks that a client has for its last words, and for the answer to the farewell. */
const LAST_LOOKS = 2;
const MAX_STREAM_ID = 0x7fff_ffff;
const EMPTY = Buffer.alloc(0);
const FAREWELL = Buffer.from('farewell');
const ARE_YOU_THERE = Buffer.from('are you?');
const TOO_LONG = encodeHeaders([[':status', '431']]);

/**
 * The server's side of one HTTP/2 connection (RFC 9113), as gRPC needs it. Unlike that of Node it takes any number of
 * resets: a proxy resets the stream of every request that is over.
 */
export class Http2Connection implements FrameSink, StreamOwner {
  readonly writer: FrameWriter;
  readonly unsent: ByteBudget;
  maxFrameBytes = DEFAULT_FRAME_BYTES;
  sendWindow = DEFAULT_WINDOW_BYTES;
  readonly #socket: Socket;
  readonly #handler: StreamHandler;
  readonly #maxStreams: number;
  readonly #reader = new FrameReader(this, FRAME_BYTES);
  readonly #assembly = new HeaderAssembly();
  readonly #headers = new HpackDecoder(HEADER_BYTES);
  readonly #streams = new Map<number, Http2Stream>();
  /** In the order in which they go on. */
  readonly #blocked = new Set<Http2Stream>();
  readonly #liveness = new Liveness();
  #streamWindow = DEFAULT_WINDOW_BYTES;
  /** The latest stream that was taken, and the latest that the client began. */
  #lastStreamId = 0;
  #highestStreamId = 0;
  #hasPreface = false;
  #hasSettings = false;
  #settingsSinceLook = 0;
  #owed = 0;
  #goingAway: 'no' | 'announced' | 'final' = 'no';
  #isOver = false;
  /** Since the farewell, or since it is over. */
  #looks = 0;

  constructor(socket: Socket, limits: ConnectionLimits, handler: StreamHandler) {
    this.#socket = socket;
    this.#handler = handler;
    this.#maxStreams = limits.streams;
    this.unsent = limits.unsent;
    this.writer = new FrameWriter(socket);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('drain', () => this.#onDrain());
    socket.on('error', () => {});
    socket.on('end', () => this.#end());
    socket.on('close', () => this.#lose());
  }

  /** Whether the client has shown that it speaks HTTP/2. */
  get isOpen(): boolean {
    return this.#hasSettings;
  }

  /** To be called at intervals: asks a silent client for a sign of life, and leaves those that are gone or do not leave. */
  look(): void {
    this.#settingsSinceLook = 0;
    if (this.#isOver || this.#goingAway === 'announced') this.#looks++;
    if (this.#isOver) {
      if (this.#looks >= LAST_LOOKS) this.#socket.destroy();
      return;
    }
    if (this.#goingAway === 'announced' && this.#looks >= LAST_LOOKS) this.#takeNoMore();
    // Until HTTP/2 has begun, whoever accepted the connection watches it.
    if (!this.#hasSettings) return;
    const state = this.#liveness.look();
    if (state === 'gone') this.destroy();
    else if (state === 'ask') this.writer.frame(FRAME.PING, 0, 0, ARE_YOU_THERE);
  }

  /** Has the client begin no new streams, and closes the connection when those that are open have ended. */
  goAway(): void {
    if (this.#goingAway !== 'no') return;
    this.#goingAway = 'announced';
    if (this.#hasPreface) {
      this.writer.goAway(MAX_STREAM_ID, H2_ERROR.NO_ERROR, '');
      // Streams that cross this message on their way are still served: only the answer to it tells that none is left.
      this.writer.frame(FRAME.PING, 0, 0, FAREWELL);
    }
    for (const stream of [...this.#streams.values()]) stream.listener?.onGoAway();
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

  onPreface(): void {
    this.#hasPreface = true;
    this.writer.frame(
      FRAME.SETTINGS,
      0,
      0,
      encodeSettings([
        [SETTING.MAX_CONCURRENT_STREAMS, this.#maxStreams],
        [SETTING.INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES],
        [SETTING.MAX_FRAME_SIZE, FRAME_BYTES],
        [SETTING.MAX_HEADER_LIST_SIZE, HEADER_BYTES],
      ]),
    );
    this.writer.number(FRAME.WINDOW_UPDATE, 0, CONNECTION_WINDOW_BYTES - DEFAULT_WINDOW_BYTES);
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
        this.#onBlock(streamId, this.#assembly.begin(flags, streamId, payload));
        break;
      case FRAME.CONTINUATION:
        this.#onBlock(streamId, this.#assembly.continue(flags, streamId, payload));
        break;
      case FRAME.RST_STREAM:
        (this.#streams.get(streamId) ?? this.#checkKnown(streamId))?.lost();
        break;
      case FRAME.SETTINGS:
        this.#onSettings(flags, payload);
        break;
      case FRAME.PING:
        this.#onPing(flags, payload);
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
    this.#liveness.heard();
    try {
      this.#reader.push(chunk);
    } catch (error) {
      this.#break(error);
      return;
    }
    if (this.writer.isFull) this.#socket.pause();
  }

  #break(error: unknown): void {
    if (error instanceof PrefaceError) {
      if (error.isHttp1) this.#socket.write(HTTP1_REFUSAL);
    } else {
      const code = error instanceof Http2Error ? error.code : H2_ERROR.INTERNAL_ERROR;
      this.writer.goAway(this.#lastStreamId, code, error instanceof Http2Error ? error.message : '');
    }
    this.#close();
    this.#lose();
  }

  /** What must come before what. */
  #checkOrder(type: number): void {
    if (this.#assembly.isOpen && type !== FRAME.CONTINUATION) {
      throw new Http2Error(H2_ERROR.PROTOCOL_ERROR, 'headers without their end');
    }
    if (!this.#hasSettings && type !== FRAME.SETTINGS) {
      throw new Http2Error(H2_ERROR.PROTOCOL_ERROR, 'the first frame is no SETTINGS');
    }
  }

  /** Frames of streams that are over may still be on their way; frames of others may not. */
  #checkKnown(streamId: number): undefined {
    if (streamId <= this.#highestStreamId) return undefined;
    throw new Http2Error(H2_ERROR.PROTOCOL_ERROR, `stream ${streamId} was never begun`);
  }

  #onBlock(streamId: number, block: Buffer | undefined): void {
    if (block === undefined) return;
    // Also for streams that nobody wants: it may change what later blocks refer to.
    const headers = this.#headers.decode(block);
    const isEnd = (this.#assembly.flags & FLAG.END_STREAM) !== 0;
    const known = this.#streams.get(streamId);
    if (known !== undefined) {
      if (known.isClientDone) throw new Http2Error(H2_ERROR.STREAM_CLOSED, 'headers after the end of a stream');
      const isTrailers = isEnd && typeof headers === 'object' && this.#headers.pseudoFields === 0;
      if (isTrailers) known.clientEnded();
      else known.fail(H2_ERROR.PROTOCOL_ERROR);
      return;
    }
    if (streamId <= this.#highestStreamId) {
      // Trailers may have been on their way when the stream ended; a request cannot.
      if (this.#headers.pseudoFields === 0) return;
      throw new Http2Error(H2_ERROR.PROTOCOL_ERROR, `stream ${streamId} is begun after ${this.#highestStreamId}`);
    }
    if (streamId % 2 === 0) throw new Http2Error(H2_ERROR.PROTOCOL_ERROR, 'streams of clients have odd numbers');
    this.#highestStreamId = streamId;
    // Whoever has heard that no more are taken begins it elsewhere.
    if (this.#goingAway === 'final') return;
    if (this.#streams.size >= this.#maxStreams) {
      this.writer.number(FRAME.RST_STREAM, streamId, H2_ERROR.REFUSED_STREAM);
      return;
    }
    this.#lastStreamId = streamId;
    this.#begin(streamId, headers, isEnd);
  }

  #begin(streamId: number, headers: ReturnType<HpackDecoder['decode']>, isEnd: boolean): void {
    if (
      headers === 'malformed' ||
      (headers !== 'too long' && isMalformedRequest(headers, this.#headers.pseudoFields))
    ) {
      this.writer.number(FRAME.RST_STREAM, streamId, H2_ERROR.PROTOCOL_ERROR);
      return;
    }
    const contentLength = headers === 'too long' ? undefined : headers['content-length'];
    const stream = new Http2Stream(
      this,
      streamId,
      this.#streamWindow,
      contentLength === undefined ? Number.NaN : Number(contentLength),
      isEnd,
    );
    this.#streams.set(streamId, stream);
    if (headers === 'too long') stream.end(TOO_LONG);
    else stream.listener = this.#handler(stream, headers);
    if (isEnd) stream.clientEnded();
    if (this.#goingAway !== 'no') stream.listener?.onGoAway();
  }

  #onSettings(flags: number, payload: Buffer): void {
    if ((flags & FLAG.ACK) !== 0) {
      if (!this.#hasSettings) throw new Http2Error(H2_ERROR.PROTOCOL_ERROR, 'the first frame is no SETTINGS');
      return;
    }
    const { initialWindowSize, maxFrameSize } = readSettings(payload);
    if (++this.#settingsSinceLook > MAX_SETTINGS) {
      throw new Http2Error(H2_ERROR.ENHANCE_YOUR_CALM, 'too many settings');
    }
    this.#hasSettings = true;
    this.maxFrameBytes = maxFrameSize ?? this.maxFrameBytes;
    if (initialWindowSize !== undefined) this.#resizeWindows(initialWindowSize);
    this.writer.frame(FRAME.SETTINGS, FLAG.ACK, 0, EMPTY);
  }

  #resizeWindows(bytes: number): void {
    const change = bytes - this.#streamWindow;
    if (change === 0) return;
    this.#streamWindow = bytes;
    for (const stream of [...this.#streams.values()]) {
      stream.sendWindow += change;
      if (stream.sendWindow > MAX_WINDOW_BYTES) throw new Http2Error(H2_ERROR.FLOW_CONTROL_ERROR, 'a window too wide');
      if (change > 0) stream.pump();
    }
  }

  #onPing(flags: number, payload: Buffer): void {
    if ((flags & FLAG.ACK) === 0) this.writer.frame(FRAME.PING, FLAG.ACK, 0, payload);
    else if (this.#goingAway === 'announced' && payload.equals(FAREWELL)) this.#takeNoMore();
  }

  #takeNoMore(): void {
    this.#goingAway = 'final';
    this.writer.goAway(this.#lastStreamId, H2_ERROR.NO_ERROR, '');
    if (this.#streams.size === 0) this.#close();
  }

  #onWindowUpdate(streamId: number, payload: Buffer): void {
    const more = payload.readUInt32BE(0) & MAX_WINDOW_BYTES;
    if (more === 0) throw new Http2Error(H2_ERROR.PROTOCOL_ERROR, 'a window that does not open');
    if (streamId !== 0) {
      const stream = this.#streams.get(streamId) ?? this.#checkKnown(streamId);
      if (stream === undefined) return;
      stream.sendWindow += more;
      if (stream.sendWindow > MAX_WINDOW_BYTES) stream.fail(H2_ERROR.FLOW_CONTROL_ERROR);
      else stream.pump();
      return;
    }
    this.sendWindow += more;
    if (this.sendWindow > MAX_WINDOW_BYTES) throw new Http2Error(H2_ERROR.FLOW_CONTROL_ERROR, 'a window too wide');
    this.#pumpBlocked();
  }

  #onDrain(): void {
    this.#liveness.heard();
    this.writer.drained();
    this.#socket.resume();
    this.#pumpBlocked();
  }

  /** One after the other: a stream that cannot send all of its own waits for all others before it goes on. */
  #pumpBlocked(): void {
    for (const stream of this.#blocked) {
      if (this.sendWindow <= 0 || this.writer.isFull) return;
      this.#blocked.delete(stream);
      stream.pump();
    }
  }

  /** The client says nothing more: it cannot have its answers either, as HTTP/2 has no half-closed connections. */
  #end(): void {
    this.#lose();
    this.#close();
  }

  #close(): void {
    this.#isOver = true;
    this.#looks = 0;
    this.writer.flush();
    this.#socket.destroySoon();
  }

  #lose(): void {
    this.#isOver = true;
    for (const stream of [...this.#streams.values()]) stream.lost();
  }
}

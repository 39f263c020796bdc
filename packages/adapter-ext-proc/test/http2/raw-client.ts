import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { FLAG, FRAME } from '../../src/http2/frame.ts';
import { encodeHeaders } from '../../src/http2/hpack/encode-headers.ts';
import type { HeaderField } from '../../src/http2/hpack/static-table.ts';

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** A client that says exactly what it is told, right or wrong. */
export class RawClient {
  readonly frames: Frame[] = [];
  readonly closed: Promise<unknown>;
  readonly socket: Socket;
  #rest: Buffer = Buffer.alloc(0);
  #waiting: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => {});
    this.closed = once(socket, 'close').finally(() => this.#wake());
    socket.on('data', (chunk: Buffer) => {
      this.#rest = Buffer.concat([this.#rest, chunk]);
      while (this.#rest.length >= 9 && this.#rest.length >= 9 + this.#rest.readUIntBE(0, 3)) {
        const length = this.#rest.readUIntBE(0, 3);
        const streamId = this.#rest.readUInt32BE(5);
        const payload = this.#rest.subarray(9, 9 + length);
        this.frames.push({ type: this.#rest[3]!, flags: this.#rest[4]!, streamId, payload });
        this.#rest = this.#rest.subarray(9 + length);
      }
      this.#wake();
    });
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  send(...bytes: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(bytes));
  }

  /** The first frame that fits; fails when the connection ends before. */
  async frame(fits: (frame: Frame) => boolean): Promise<Frame> {
    // Each is looked at once: there may be many.
    for (let next = 0; ; ) {
      for (; next < this.frames.length; next++) if (fits(this.frames[next]!)) return this.frames[next]!;
      if (this.socket.closed) throw new Error(`the connection ended after ${this.frames.length} frames`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Resolves when the server has read all that was sent. */
  async roundTrip(id = Math.floor(this.frames.length + 1)): Promise<void> {
    const payload = Buffer.alloc(8);
    payload.writeUInt32BE(id, 4);
    this.send(frame(FRAME.PING, 0, 0, payload));
    await this.frame((one) => one.type === FRAME.PING && one.flags === FLAG.ACK && one.payload.equals(payload));
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export function frame(type: number, flags: number, streamId: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** A frame whose payload is one number. */
export function numberFrame(type: number, streamId: number, value: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(value);
  return frame(type, 0, streamId, payload);
}

export function settings(values: Readonly<Record<number, number>> = {}): Buffer {
  const entries = Object.entries(values);
  const payload = Buffer.alloc(6 * entries.length);
  entries.forEach(([id, value], i) => {
    payload.writeUInt16BE(Number(id), 6 * i);
    payload.writeUInt32BE(value, 6 * i + 2);
  });
  return frame(FRAME.SETTINGS, 0, 0, payload);
}

/** The headers of a call, with others if wanted. */
export function callTo(path: string, ...others: readonly HeaderField[]): Buffer {
  return encodeHeaders([
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', path],
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
    ...others,
  ]);
}

export const CALL = callTo('/test/Echo');

/** Begins a call. */
export function begin(streamId: number, block = CALL, flags: number = FLAG.END_HEADERS): Buffer {
  return frame(FRAME.HEADERS, flags, streamId, block);
}

/** A gRPC message with its head. */
export function message(bytes: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

import { encodeHeaders } from '../http2/hpack/encode-headers.ts';
import type { HeaderField } from '../http2/hpack/static-table.ts';
import type { Http2Stream, StreamListener } from '../http2/http2-stream.ts';
import type { ByteBudget } from '../memory/byte-budget.ts';
import { encodeMessage } from './grpc-message.ts';
import { GRPC_STATUS, type GrpcStatus } from './grpc-status.ts';
import { MESSAGE_HEAD_BYTES, MessageReader } from './message-reader.ts';

/** Who serves one call. */
export interface CallListener {
  /** @param bytes a view of what was received */
  onMessage(bytes: Buffer): void;
  /** The client has said all. */
  onHalfClose(): void;
  /** The client hears nothing any more. Nothing is told after it. */
  onCancel(): void;
  /** The server ends: a call that would never end by itself has to end now. */
  onGoAway?(): void;
}

/** Serves the calls of one method. */
export type GrpcMethod = (call: GrpcCall) => CallListener;

const HEADERS = encodeHeaders([
  [':status', '200'],
  ['content-type', 'application/grpc'],
]);
/** Node's timers go no further. */
const LONGEST_MS = 2 ** 31 - 1;
/** Told with UNIMPLEMENTED: it may be the compression that is. */
const ACCEPTED: readonly HeaderField[] = [['grpc-accept-encoding', 'identity']];
const OK_TRAILERS = encodeHeaders([['grpc-status', '0']]);

/** One call of a client: messages in, messages out, one status. */
export class GrpcCall implements StreamListener {
  readonly #stream: Http2Stream;
  readonly #reader: MessageReader;
  #listener: CallListener | undefined;
  #hasHeaders = false;
  #isEnded = false;
  #deadline: NodeJS.Timeout | undefined;

  /**
   * @param maxMessageBytes longer messages end the call
   * @param budget counts messages that are not whole
   */
  constructor(stream: Http2Stream, maxMessageBytes: number, budget: ByteBudget, method: GrpcMethod) {
    this.#stream = stream;
    this.#reader = new MessageReader(maxMessageBytes, budget, (bytes) => this.#listener?.onMessage(bytes));
    const listener = method(this);
    if (!this.#isEnded) this.#listener = listener;
  }

  /** Ends the call after so many milliseconds, unless it has ended by then. */
  endAfter(ms: number): void {
    if (this.#isEnded || ms > LONGEST_MS) return;
    const expire = () => this.#fail(GRPC_STATUS.DEADLINE_EXCEEDED, 'the deadline of the call has passed');
    this.#deadline = setTimeout(expire, ms).unref();
  }

  /**
   * Sends a message. While the client does not read what it is sent, it may not send much either.
   * @param parts of one message; they must not change any more
   */
  send(parts: readonly Buffer[]): void {
    this.#sendHeaders();
    const head = Buffer.allocUnsafe(MESSAGE_HEAD_BYTES);
    let length = 0;
    for (const part of parts) length += part.length;
    head[0] = 0;
    head.writeUInt32BE(length, 1);
    if (!this.#stream.send(head, ...parts)) this.#stream.hold(true);
  }

  /** Ends the call. Nothing is told to the listener after it. */
  end(status: GrpcStatus = GRPC_STATUS.OK, message = ''): void {
    this.#leave();
    if (status === GRPC_STATUS.OK) {
      this.#sendHeaders();
      this.#stream.end(OK_TRAILERS);
      return;
    }
    const trailers = encodeHeaders([
      ['grpc-status', String(status)],
      ['grpc-message', encodeMessage(message)],
      ...(status === GRPC_STATUS.UNIMPLEMENTED ? ACCEPTED : []),
    ]);
    this.#stream.end(this.#hasHeaders ? trailers : Buffer.concat([HEADERS, trailers]));
  }

  onData(payload: Buffer): void {
    if (this.#listener === undefined) return;
    const fault = this.#reader.push(payload);
    if (fault !== undefined) this.#fail(fault.status, fault.message);
  }

  onEnd(): void {
    if (this.#reader.isInside) this.#fail(GRPC_STATUS.INTERNAL, 'the stream ended within a message');
    else this.#listener?.onHalfClose();
  }

  onReset(): void {
    const listener = this.#listener;
    this.#leave();
    listener?.onCancel();
  }

  onGoAway(): void {
    this.#listener?.onGoAway?.();
  }

  onDrained(): void {
    this.#stream.hold(false);
  }

  #fail(status: GrpcStatus, message: string): void {
    const listener = this.#listener;
    this.end(status, message);
    listener?.onCancel();
  }

  #leave(): void {
    this.#isEnded = true;
    this.#listener = undefined;
    this.#reader.close();
    clearTimeout(this.#deadline);
  }

  #sendHeaders(): void {
    if (this.#hasHeaders) return;
    this.#hasHeaders = true;
    this.#stream.sendHeaders(HEADERS);
  }
}

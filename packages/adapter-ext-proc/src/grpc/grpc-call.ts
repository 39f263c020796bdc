import { encodeHeaders } from '../http2/hpack/encode-headers.ts';
import type { Http2Stream, StreamListener } from '../http2/http2-stream.ts';
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
}

/** Serves the calls of one method. */
export type GrpcMethod = (call: GrpcCall) => CallListener;

const HEADERS = encodeHeaders([
  [':status', '200'],
  ['content-type', 'application/grpc'],
]);
const OK_TRAILERS = encodeHeaders([['grpc-status', '0']]);

/** One call of a client: messages in, messages out, one status. */
export class GrpcCall implements StreamListener {
  readonly #stream: Http2Stream;
  readonly #reader: MessageReader;
  #listener: CallListener | undefined;
  #hasHeaders = false;
  #isEnded = false;

  /** @param maxMessageBytes longer messages end the call */
  constructor(stream: Http2Stream, maxMessageBytes: number, method: GrpcMethod) {
    this.#stream = stream;
    this.#reader = new MessageReader(maxMessageBytes, (bytes) => this.#listener?.onMessage(bytes));
    const listener = method(this);
    if (!this.#isEnded) this.#listener = listener;
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
    this.#isEnded = true;
    this.#listener = undefined;
    if (status === GRPC_STATUS.OK) {
      this.#sendHeaders();
      this.#stream.end(OK_TRAILERS);
      return;
    }
    const trailers = encodeHeaders([
      ['grpc-status', String(status)],
      ['grpc-message', encodeURIComponent(message).replaceAll('%20', ' ')],
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
    this.#listener?.onCancel();
    this.#listener = undefined;
  }

  onDrained(): void {
    this.#stream.hold(false);
  }

  #fail(status: GrpcStatus, message: string): void {
    const listener = this.#listener;
    this.end(status, message);
    listener?.onCancel();
  }

  #sendHeaders(): void {
    if (this.#hasHeaders) return;
    this.#hasHeaders = true;
    this.#stream.sendHeaders(HEADERS);
  }
}

import { GRPC_STATUS, type GrpcStatus } from './grpc-status.ts';

/** Before each message: whether it is compressed, and its length in four bytes. */
export const MESSAGE_HEAD_BYTES = 5;

/** Why what came is no message that can be taken. */
export interface MessageFault {
  readonly status: GrpcStatus;
  readonly message: string;
}

/** Cuts a gRPC stream into messages. */
export class MessageReader {
  readonly #maxBytes: number;
  readonly #onMessage: (bytes: Buffer) => void;
  #headBytes = 0;
  #isCompressed = false;
  #length = 0;
  /** A message that did not come in one piece. */
  #message: Buffer | undefined;
  #messageBytes = 0;

  /** @param onMessage takes views of what was received, or buffers of their own */
  constructor(maxBytes: number, onMessage: (bytes: Buffer) => void) {
    this.#maxBytes = maxBytes;
    this.#onMessage = onMessage;
  }

  /** Whether a message has begun and not ended. */
  get isInside(): boolean {
    return this.#headBytes > 0;
  }

  /** @returns what is wrong; nothing more can be read then */
  push(bytes: Buffer): MessageFault | undefined {
    let at = 0;
    while (at < bytes.length) {
      if (this.#headBytes < MESSAGE_HEAD_BYTES) {
        this.#readHead(bytes[at++]!);
        if (this.#headBytes < MESSAGE_HEAD_BYTES) continue;
        const fault = this.#fault();
        if (fault !== undefined) return fault;
      }
      const end = Math.min(at + this.#length - this.#messageBytes, bytes.length);
      this.#take(bytes, at, end);
      at = end;
    }
    return undefined;
  }

  #readHead(byte: number): void {
    if (this.#headBytes++ === 0) {
      this.#isCompressed = byte !== 0;
      this.#length = 0;
    } else this.#length = this.#length * 256 + byte;
  }

  #fault(): MessageFault | undefined {
    if (this.#isCompressed) {
      return { status: GRPC_STATUS.UNIMPLEMENTED, message: 'compressed messages are not supported' };
    }
    if (this.#length <= this.#maxBytes) return undefined;
    const message = `a message of ${this.#length} bytes is longer than ${this.#maxBytes}`;
    return { status: GRPC_STATUS.RESOURCE_EXHAUSTED, message };
  }

  #take(bytes: Buffer, start: number, end: number): void {
    if (this.#message === undefined && end - start === this.#length) {
      this.#finish(bytes.subarray(start, end));
      return;
    }
    this.#message ??= Buffer.allocUnsafe(this.#length);
    this.#messageBytes += bytes.copy(this.#message, this.#messageBytes, start, end);
    if (this.#messageBytes === this.#length) this.#finish(this.#message);
  }

  #finish(message: Buffer): void {
    this.#headBytes = 0;
    this.#message = undefined;
    this.#messageBytes = 0;
    this.#onMessage(message);
  }
}

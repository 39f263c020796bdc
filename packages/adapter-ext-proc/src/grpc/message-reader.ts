import type { ByteBudget } from '../memory/byte-budget.ts';
import { GRPC_STATUS, type GrpcStatus } from './grpc-status.ts';

/** Before each message: whether it is compressed, and its length in four bytes. */
export const MESSAGE_HEAD_BYTES = 5;
/** Room that a message gets before more of it has come: what it says about its length may be a lie. */
const FIRST_BYTES = 16_384;

/** Why what came is no message that can be taken. */
export interface MessageFault {
  readonly status: GrpcStatus;
  readonly message: string;
}

/** Cuts a gRPC stream into messages. */
export class MessageReader {
  readonly #maxBytes: number;
  readonly #budget: ByteBudget;
  readonly #onMessage: (bytes: Buffer) => void;
  #headBytes = 0;
  #flag = 0;
  #length = 0;
  /** A message that did not come in one piece. It grows with what comes. */
  #message: Buffer | undefined;
  #messageBytes = 0;
  #isClosed = false;

  /**
   * @param budget counts messages that are not whole
   * @param onMessage takes views of what was received, or buffers of their own
   */
  constructor(maxBytes: number, budget: ByteBudget, onMessage: (bytes: Buffer) => void) {
    this.#maxBytes = maxBytes;
    this.#budget = budget;
    this.#onMessage = onMessage;
  }

  /** Whether a message has begun and not ended. */
  get isInside(): boolean {
    return this.#headBytes > 0;
  }

  /** @returns what is wrong; nothing more can be read then */
  push(bytes: Buffer): MessageFault | undefined {
    let at = 0;
    while (at < bytes.length && !this.#isClosed) {
      if (this.#headBytes < MESSAGE_HEAD_BYTES) {
        this.#readHead(bytes[at++]!);
        if (this.#headBytes < MESSAGE_HEAD_BYTES) continue;
        const fault = this.#headFault();
        if (fault !== undefined) return fault;
      }
      const end = Math.min(at + this.#length - this.#messageBytes, bytes.length);
      const fault = this.#take(bytes, at, end);
      if (fault !== undefined) return fault;
      at = end;
    }
    return undefined;
  }

  /** No message is wanted any more. */
  close(): void {
    this.#isClosed = true;
    this.#release();
  }

  #release(): void {
    if (this.#message !== undefined) this.#budget.give(this.#message.length);
    this.#message = undefined;
  }

  #readHead(byte: number): void {
    if (this.#headBytes++ === 0) {
      this.#flag = byte;
      this.#length = 0;
    } else this.#length = this.#length * 256 + byte;
  }

  #headFault(): MessageFault | undefined {
    if (this.#flag === 1) {
      return { status: GRPC_STATUS.UNIMPLEMENTED, message: 'compressed messages are not supported' };
    }
    if (this.#flag !== 0) return { status: GRPC_STATUS.INTERNAL, message: 'what came is no message of gRPC' };
    if (this.#length <= this.#maxBytes) return undefined;
    const message = `a message of ${this.#length} bytes is longer than ${this.#maxBytes}`;
    return { status: GRPC_STATUS.RESOURCE_EXHAUSTED, message };
  }

  #take(bytes: Buffer, start: number, end: number): MessageFault | undefined {
    if (this.#message === undefined && end - start === this.#length) {
      this.#finish(bytes.subarray(start, end));
      return undefined;
    }
    const held = this.#messageBytes + end - start;
    if (!this.#makeRoom(held)) {
      return { status: GRPC_STATUS.RESOURCE_EXHAUSTED, message: 'too many messages are under way' };
    }
    this.#messageBytes += bytes.copy(this.#message!, this.#messageBytes, start, end);
    if (held < this.#length) return undefined;
    const message = this.#message!;
    this.#release();
    this.#finish(message);
    return undefined;
  }

  /** @returns false when there is none */
  #makeRoom(bytes: number): boolean {
    const before = this.#message;
    if (before !== undefined && bytes <= before.length) return true;
    const size = Math.min(this.#length, Math.max(FIRST_BYTES, 2 * bytes));
    if (!this.#budget.take(size - (before?.length ?? 0))) return false;
    const message = Buffer.allocUnsafe(size);
    before?.copy(message, 0, 0, this.#messageBytes);
    this.#message = message;
    return true;
  }

  #finish(message: Buffer): void {
    this.#headBytes = 0;
    this.#messageBytes = 0;
    this.#onMessage(message);
  }
}

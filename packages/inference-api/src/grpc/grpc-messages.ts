/** Before each message: a byte that says whether it is compressed, and its length in 4 bytes, the highest first. */
const PREFIX_BYTES = 5;

/** Longer messages than any model server sends; held until they are complete. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** Takes gRPC messages out of bytes that come split anywhere. */
export class GrpcMessages {
  readonly #onMessage: (message: Uint8Array) => void;
  #held: Uint8Array[] = [];
  #size = 0;
  /** So many bytes have to be there before it is worth looking again. */
  #wanted = PREFIX_BYTES;

  constructor(onMessage: (message: Uint8Array) => void) {
    this.#onMessage = onMessage;
  }

  /** Whether bytes of an unfinished message are held. */
  get isWithinMessage(): boolean {
    return this.#size > 0;
  }

  /** @throws RangeError for a message that is compressed or too long */
  push(chunk: Uint8Array): void {
    this.#held.push(chunk);
    this.#size += chunk.length;
    if (this.#size < this.#wanted) return;
    let rest = this.#held.length === 1 ? chunk : Buffer.concat(this.#held, this.#size);
    this.#wanted = PREFIX_BYTES;
    while (rest.length >= PREFIX_BYTES) {
      const view = new DataView(rest.buffer, rest.byteOffset, PREFIX_BYTES);
      if (view.getUint8(0) !== 0) throw compressed();
      const length = view.getUint32(1);
      if (length > MAX_MESSAGE_BYTES) throw new RangeError('the message is too long');
      this.#wanted = PREFIX_BYTES + length;
      if (rest.length < this.#wanted) break;
      this.#onMessage(rest.subarray(PREFIX_BYTES, this.#wanted));
      rest = rest.subarray(this.#wanted);
      this.#wanted = PREFIX_BYTES;
    }
    this.#held = rest.length === 0 ? [] : [rest];
    this.#size = rest.length;
  }
}

/**
 * The only message of a request's body. What it may cost is up to the limit on bodies.
 * @throws RangeError for a body that is not exactly one message, or a message that is compressed
 */
export function onlyGrpcMessage(body: Uint8Array): Uint8Array {
  if (body.length < PREFIX_BYTES) throw notOne('it ends within the prefix of 5 bytes');
  const prefix = new DataView(body.buffer, body.byteOffset, PREFIX_BYTES);
  if (prefix.getUint8(0) !== 0) throw compressed();
  const length = prefix.getUint32(1);
  const rest = body.length - PREFIX_BYTES;
  if (rest !== length) throw notOne(`the prefix says ${length} bytes, ${rest} follow`);
  return body.subarray(PREFIX_BYTES);
}

function notOne(why: string): RangeError {
  return new RangeError(`the body must be exactly one gRPC message, but ${why}`);
}

function compressed(): RangeError {
  return new RangeError('compressed gRPC messages are not supported: send it without grpc-encoding');
}

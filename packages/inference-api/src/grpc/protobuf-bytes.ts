/** How a field is written; groups, which nobody writes any more, are not read. */
const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/**
 * The bytes, text or message in a field of a protobuf message; undefined when it is not there. The last one counts.
 * One field is all that is read here, so that this package needs no protobuf library.
 * @throws RangeError for bytes that are no protobuf message
 */
export function protobufBytes(message: Uint8Array, field: number): Uint8Array | undefined {
  let found: Uint8Array | undefined;
  let at = 0;

  while (at < message.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    if (number === 0) throw broken();
    switch (tag % 8) {
      case WIRE.varint:
        varint();
        break;
      case WIRE.fixed64:
        skip(8);
        break;
      case WIRE.fixed32:
        skip(4);
        break;
      case WIRE.bytes: {
        const length = varint();
        const start = at;
        skip(length);
        if (number === field) found = message.subarray(start, at);
        break;
      }
      default:
        throw broken();
    }
  }
  return found;

  function skip(bytes: number): void {
    at += bytes;
    if (at > message.length) throw broken();
  }

  /** Values above 2^53 lose their lowest bits, but lengths and tags are never so large. */
  function varint(): number {
    let value = 0;
    for (let factor = 1, i = 0; i < 10; i++, factor *= 128) {
      const byte = message[at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw broken();
  }
}

function broken(): RangeError {
  return new RangeError('the bytes are no protobuf message');
}

import { ProtobufFields } from './protobuf-fields.ts';

/**
 * The bytes, text or message in a field of a protobuf message; undefined when it is not there. The last one counts.
 * @throws RangeError for bytes that are no protobuf message
 */
export function protobufBytes(message: Uint8Array, field: number): Uint8Array | undefined {
  let found: Uint8Array | undefined;
  const fields = new ProtobufFields(message);
  while (fields.next()) {
    if (fields.number === field) found = fields.bytes();
  }
  return found;
}

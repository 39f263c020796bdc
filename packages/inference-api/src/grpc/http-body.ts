import { protobufBytes } from './protobuf-bytes.ts';

const CONTENT_TYPE = 1;
const DATA = 2;

const decoder = new TextDecoder();

/** Google's `HttpBody` message: any content within gRPC. */
export interface HttpBody {
  readonly contentType: string;
  readonly data: Uint8Array;
}

/** @throws RangeError for bytes that are no protobuf message */
export function readHttpBody(message: Uint8Array): HttpBody {
  return {
    contentType: decoder.decode(protobufBytes(message, CONTENT_TYPE)),
    data: protobufBytes(message, DATA) ?? new Uint8Array(0),
  };
}

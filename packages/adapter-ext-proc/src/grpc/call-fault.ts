import { encodeHeaders } from '../http2/hpack/encode-headers.ts';
import type { HeaderBlock } from '../http2/hpack/hpack-decoder.ts';
import { GRPC_STATUS } from './grpc-status.ts';

/** With proto messages, or of a kind that is not named. */
const CONTENT_TYPE = /^application\/grpc(\+proto)?\s*(;|$)/i;

const NOT_POST = answer(405, 'this port speaks gRPC: the method is POST');
const NOT_GRPC = answer(415, 'this port speaks gRPC: the content-type is application/grpc');

/** @returns the answer to what is no call, for clients of gRPC and for others; undefined when it is one */
export function answerToNoCall(headers: HeaderBlock): Buffer | undefined {
  if (headers[':method'] !== 'POST') return NOT_POST;
  return CONTENT_TYPE.test(headers['content-type'] ?? '') ? undefined : NOT_GRPC;
}

function answer(status: number, message: string): Buffer {
  return encodeHeaders([
    [':status', String(status)],
    ['content-type', 'application/grpc'],
    ['grpc-status', String(GRPC_STATUS.INTERNAL)],
    ['grpc-message', message],
  ]);
}

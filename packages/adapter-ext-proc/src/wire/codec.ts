import protobuf from 'protobufjs';
import { EXT_PROC_SCHEMA } from './ext-proc-schema.ts';
import type { ProcessingRequest, ProcessingResponse } from './messages.ts';

const { root } = protobuf.parse(EXT_PROC_SCHEMA);
const requestType = root.lookupType('envoy.service.ext_proc.v3.ProcessingRequest');
const responseType = root.lookupType('envoy.service.ext_proc.v3.ProcessingResponse');
// The empty value of bytes is a plain list in protobufjs: nobody who reads bodies expects that.
Object.assign(root.lookupType('envoy.service.ext_proc.v3.HttpBody').ctor.prototype, { body: Buffer.alloc(0) });

/** @throws Error for bytes that are no such message */
export function decodeRequest(bytes: Buffer): ProcessingRequest {
  return requestType.decode(bytes) as unknown as ProcessingRequest;
}

export function encodeResponse(response: ProcessingResponse): Buffer {
  // With Node's buffers the writer of protobufjs gives a Buffer.
  return responseType.encode(response as object).finish() as Buffer;
}

/** The other way round, for whoever plays the proxy. */
export function encodeRequest(request: Partial<ProcessingRequest>): Buffer {
  return requestType.encode(request as object).finish() as Buffer;
}

/** @throws Error for bytes that are no such message */
export function decodeResponse(bytes: Buffer): ProcessingResponse {
  return responseType.decode(bytes) as unknown as ProcessingResponse;
}

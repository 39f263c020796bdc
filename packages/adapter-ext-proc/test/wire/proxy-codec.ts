import protobuf from 'protobufjs';
import { EXT_PROC_SCHEMA } from './ext-proc-schema.ts';
import type { ProxyReply, ProxyRequest } from './proxy-messages.ts';

const { root } = protobuf.parse(EXT_PROC_SCHEMA);
const requestType = root.lookupType('envoy.service.ext_proc.v3.ProcessingRequest');
const replyType = root.lookupType('envoy.service.ext_proc.v3.ProcessingResponse');

/** The proxy's side of the wire, made from a schema: it knows nothing of the codec of the picker. */
export function encodeRequest(request: ProxyRequest): Buffer {
  // With Node's buffers the writer of protobufjs gives a Buffer.
  return requestType.encode(request as object).finish() as Buffer;
}

/** @throws Error for bytes that are no such message */
export function decodeReply(bytes: Buffer): ProxyReply {
  return replyType.decode(bytes) as unknown as ProxyReply;
}

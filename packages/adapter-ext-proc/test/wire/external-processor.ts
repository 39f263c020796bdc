import { decodeReply, encodeRequest } from './proxy-codec.ts';
import type { ProxyRequest } from './proxy-messages.ts';

/** What a client of gRPC needs to know of the service. Buffers are sent as they are, whatever is in them. */
export const EXTERNAL_PROCESSOR = {
  path: '/envoy.service.ext_proc.v3.ExternalProcessor/Process',
  serialize: (message: ProxyRequest | Buffer) => (Buffer.isBuffer(message) ? message : encodeRequest(message)),
  deserialize: decodeReply,
};

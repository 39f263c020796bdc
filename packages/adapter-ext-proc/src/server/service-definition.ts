import type { ServiceDefinition } from '@grpc/grpc-js';
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from '../wire/codec.ts';

/** The service that Envoy calls, made by hand: all its bytes go through our codec. */
export const EXTERNAL_PROCESSOR = {
  process: {
    path: '/envoy.service.ext_proc.v3.ExternalProcessor/Process',
    requestStream: true,
    responseStream: true,
    requestSerialize: encodeRequest,
    requestDeserialize: decodeRequest,
    responseSerialize: encodeResponse,
    responseDeserialize: decodeResponse,
  },
} satisfies ServiceDefinition;

export type { EndpointPickerOptions } from './picker/picker-options.ts';
export {
  createExtProcServer,
  DEFAULT_BODY_LIMIT,
  type ExtProcServer,
  type ExtProcServerOptions,
} from './server/ext-proc-server.ts';
export { EXTERNAL_PROCESSOR } from './server/service-definition.ts';
export type { Headers } from './stream/processor.ts';
export { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from './wire/codec.ts';
export type * from './wire/messages.ts';
export { APPEND_ACTION, BODY_MODE, HEADER_MODE } from './wire/messages.ts';

export { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from './wire/codec.ts';
export type * from './wire/messages.ts';

import { readHeaderMap } from './header-map.ts';
import type { Headers, HttpBody, HttpHeaders, ProcessingRequest, ProtocolConfig, Struct } from './messages.ts';
import { ProtoReader } from './proto-reader.ts';
import { readMap } from './read-map.ts';
import { EMPTY_STRUCT, readStruct } from './struct.ts';

const NO_METADATA: Readonly<Record<string, Struct>> = Object.freeze({});
const NO_HEADERS: Headers = Object.freeze(Object.create(null));
const EMPTY: Buffer = Buffer.alloc(0);

/** @throws Error for bytes that are no such message */
export function decodeRequest(bytes: Buffer): ProcessingRequest {
  const reader = new ProtoReader(bytes);
  const message: { -readonly [Name in keyof ProcessingRequest]: ProcessingRequest[Name] } = {
    kind: undefined,
    headers: undefined,
    body: undefined,
    metadata: NO_METADATA,
    observabilityMode: false,
    protocolConfig: undefined,
  };
  while (reader.next()) {
    switch (reader.field) {
      case 2:
        message.kind = 'requestHeaders';
        message.headers = readHeaders(reader);
        break;
      case 3:
        message.kind = 'responseHeaders';
        message.headers = readHeaders(reader);
        break;
      case 4:
        message.kind = 'requestBody';
        message.body = readBody(reader);
        break;
      case 5:
        message.kind = 'responseBody';
        message.body = readBody(reader);
        break;
      case 6:
        message.kind = 'requestTrailers';
        reader.skip();
        break;
      case 7:
        message.kind = 'responseTrailers';
        reader.skip();
        break;
      case 8:
        message.metadata = readMap(reader, EMPTY_STRUCT, readStruct);
        break;
      case 10:
        message.observabilityMode = reader.bool();
        break;
      case 11:
        message.protocolConfig = readConfig(reader);
        break;
      default:
        reader.skip();
    }
  }
  return message;
}

function readHeaders(reader: ProtoReader): HttpHeaders {
  let headers = NO_HEADERS;
  let endOfStream = false;
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) headers = readHeaderMap(reader);
    else if (reader.field === 3) endOfStream = reader.bool();
    else reader.skip();
  }
  reader.leave(outer);
  return { headers, endOfStream };
}

function readBody(reader: ProtoReader): HttpBody {
  let body = EMPTY;
  let endOfStream = false;
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) body = reader.bytes();
    else if (reader.field === 2) endOfStream = reader.bool();
    else reader.skip();
  }
  reader.leave(outer);
  return { body, endOfStream };
}

function readConfig(reader: ProtoReader): ProtocolConfig {
  let requestBodyMode = 0;
  let responseBodyMode = 0;
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) requestBodyMode = reader.uint();
    else if (reader.field === 2) responseBodyMode = reader.uint();
    else reader.skip();
  }
  reader.leave(outer);
  return { requestBodyMode, responseBodyMode } as ProtocolConfig;
}

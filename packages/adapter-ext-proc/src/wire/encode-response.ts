import type {
  BodyMutation,
  CommonResponse,
  HeaderMutation,
  ImmediateResponse,
  ProcessingMode,
  ProcessingResponse,
} from './messages.ts';
import { ProtoWriter } from './proto-writer.ts';
import { writeStruct } from './struct.ts';

/** One for all messages: it is empty between them. */
const writer = new ProtoWriter();

/** @returns the message, in parts: bodies are views */
export function encodeResponse(response: ProcessingResponse): Buffer[] {
  if (response.modeOverride !== undefined) writeMode(response.modeOverride);
  if (response.dynamicMetadata !== undefined) writeStruct(writer, 8, response.dynamicMetadata);
  if ('requestHeaders' in response) writeCommon(1, response.requestHeaders.response);
  else if ('responseHeaders' in response) writeCommon(2, response.responseHeaders.response);
  else if ('requestBody' in response) writeCommon(3, response.requestBody.response);
  else if ('responseBody' in response) writeCommon(4, response.responseBody.response);
  else if ('requestTrailers' in response) writer.message(5, writer.end());
  else if ('responseTrailers' in response) writer.message(6, writer.end());
  else writeImmediate(response.immediateResponse);
  return writer.finish();
}

function writeMode(mode: ProcessingMode): void {
  const end = writer.end();
  const fields = [
    mode.requestHeaderMode,
    mode.responseHeaderMode,
    mode.requestBodyMode,
    mode.responseBodyMode,
    mode.requestTrailerMode,
    mode.responseTrailerMode,
  ];
  fields.forEach((value, i) => {
    if (value !== undefined) writer.uint(i + 1, value);
  });
  writer.message(9, end);
}

/** A HeadersResponse or BodyResponse. */
function writeCommon(field: number, response: CommonResponse | undefined): void {
  const outer = writer.end();
  if (response !== undefined) {
    const end = writer.end();
    if (response.clearRouteCache === true) writer.bool(5, true);
    if (response.bodyMutation !== undefined) writeBody(response.bodyMutation);
    if (response.headerMutation !== undefined) writeMutation(2, response.headerMutation);
    writer.message(1, end);
  }
  writer.message(field, outer);
}

function writeBody(mutation: BodyMutation): void {
  const end = writer.end();
  if ('body' in mutation) writer.bytes(1, mutation.body);
  else {
    const { body, endOfStream } = mutation.streamedResponse;
    const streamed = writer.end();
    if (endOfStream) writer.bool(2, true);
    if (body.length > 0) writer.bytes(1, body);
    writer.message(3, streamed);
  }
  writer.message(3, end);
}

function writeMutation(field: number, { setHeaders = [], removeHeaders = [] }: HeaderMutation): void {
  const end = writer.end();
  for (let i = removeHeaders.length - 1; i >= 0; i--) writer.string(2, removeHeaders[i]!);
  for (let i = setHeaders.length - 1; i >= 0; i--) {
    const { key, value, appendAction } = setHeaders[i]!;
    const option = writer.end();
    writer.uint(3, appendAction);
    const header = writer.end();
    // Envoy reads no text: `raw_value` it is.
    writer.string(3, value);
    writer.string(1, key);
    writer.message(1, header);
    writer.message(1, option);
  }
  writer.message(field, end);
}

function writeImmediate({ status, headers, body, grpcStatus }: ImmediateResponse): void {
  const end = writer.end();
  if (grpcStatus !== undefined) {
    const inner = writer.end();
    writer.uint(1, grpcStatus.status);
    writer.message(4, inner);
  }
  if (body !== undefined) writer.bytes(3, body);
  if (headers !== undefined) writeMutation(2, headers);
  const inner = writer.end();
  writer.uint(1, status.code);
  writer.message(1, inner);
  writer.message(7, end);
}

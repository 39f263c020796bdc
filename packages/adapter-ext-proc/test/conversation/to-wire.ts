import { BODY_MODE, type BodyMode, type Struct, type Value } from '../../src/index.ts';
import type { ProxyRequest } from '../wire/proxy-messages.ts';
import { bytesOf, type RecordedHeader, type RecordedMessage, type RecordedStruct } from './recording.ts';

/** A recorded message as it goes over the wire. */
export function toWire(message: RecordedMessage): ProxyRequest {
  const { requestHeaders, requestBody, requestTrailers, responseHeaders, responseBody, responseTrailers } = message;
  const { metadataContext, protocolConfig } = message;
  return {
    ...(requestHeaders && { requestHeaders: headersOf(requestHeaders) }),
    ...(responseHeaders && { responseHeaders: headersOf(responseHeaders) }),
    ...(requestBody && { requestBody: bodyOf(requestBody) }),
    ...(responseBody && { responseBody: bodyOf(responseBody) }),
    ...(requestTrailers && { requestTrailers: { trailers: mapOf(requestTrailers.trailers?.headers) } }),
    ...(responseTrailers && { responseTrailers: { trailers: mapOf(responseTrailers.trailers?.headers) } }),
    ...(metadataContext && { metadataContext: { filterMetadata: structsOf(metadataContext.filterMetadata) } }),
    ...(protocolConfig && {
      protocolConfig: {
        requestBodyMode: modeOf(protocolConfig.requestBodyMode),
        responseBodyMode: modeOf(protocolConfig.responseBodyMode),
      },
    }),
  };
}

function headersOf({ headers, endOfStream = false }: NonNullable<RecordedMessage['requestHeaders']>) {
  return { headers: headers === undefined ? null : mapOf(headers.headers), endOfStream };
}

function mapOf(headers: readonly RecordedHeader[] = []) {
  return {
    headers: headers.map(({ key, value, rawValue }) => ({
      key,
      ...(value !== undefined && { value: Buffer.from(value) }),
      ...(rawValue !== undefined && { rawValue: bytesOf(rawValue) }),
    })),
  };
}

function bodyOf({ body, endOfStream = false }: NonNullable<RecordedMessage['requestBody']>) {
  return { body: bytesOf(body), endOfStream };
}

function modeOf(name: string): BodyMode {
  return BODY_MODE[name as keyof typeof BODY_MODE];
}

function structsOf(namespaces: Readonly<Record<string, RecordedStruct>>): Record<string, Struct> {
  return Object.fromEntries(Object.entries(namespaces).map(([name, struct]) => [name, structOf(struct)]));
}

function structOf(values: RecordedStruct): Struct {
  return { fields: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, wireValue(value)])) };
}

function wireValue(value: unknown): Value {
  if (value === null) return { nullValue: 0 };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'number') return { numberValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (Array.isArray(value)) return { listValue: { values: value.map(wireValue) } };
  return { structValue: structOf(value as RecordedStruct) };
}

/** The other way round: what a picker told, as plain values. */
export function fromStruct({ fields }: Struct): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, fromValue(value)]));
}

function fromValue(value: Value): unknown {
  // What is not set reads as the empty value of its type.
  const [kind] = Object.keys(value) as (keyof Value)[];
  if (kind === 'structValue') return fromStruct(value.structValue!);
  if (kind === 'listValue') return value.listValue!.values.map(fromValue);
  return kind === undefined || kind === 'nullValue' ? null : value[kind];
}

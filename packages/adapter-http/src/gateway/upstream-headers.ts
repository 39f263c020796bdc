import type { Decision } from '@pointsman/core';
import { hopByHopHeaders, routingControlHeaders, withoutHeaders } from '@pointsman/inference-api';
import { GATEWAY_HEADERS, headerValue, maySet } from './gateway-headers.ts';

/** What a client must not choose, and what belongs to this hop: host and length are those of the request that is sent. */
const WITHHELD: ReadonlySet<string> = new Set([
  ...routingControlHeaders,
  GATEWAY_HEADERS.requestId,
  'host',
  'content-length',
  'expect',
]);

/** Headers for the model server, as a flat list of names and values. Those of the client keep their spelling and order. */
export function upstreamHeaders(
  rawHeaders: readonly string[],
  requestId: string,
  decided: Decision['headers'],
  traced?: Readonly<Record<string, string>>,
): string[] {
  const headers = withoutHeaders(rawHeaders, hopByHopHeaders(rawHeaders), WITHHELD);
  headers.push(GATEWAY_HEADERS.requestId, requestId);
  for (const name in decided) setHeader(headers, name, decided[name]!);
  for (const name in traced) setHeader(headers, name, traced[name]!);
  return headers;
}

/** An empty text only removes. */
function setHeader(headers: string[], name: string, value: string): void {
  if (!maySet(name)) return;
  for (let i = headers.length - 2; i >= 0; i -= 2) {
    if (headers[i]!.toLowerCase() === name) headers.splice(i, 2);
  }
  if (value !== '') headers.push(name, headerValue(value));
}

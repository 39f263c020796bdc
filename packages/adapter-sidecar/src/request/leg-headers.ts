import type { IncomingMessage } from 'node:http';
import { hopByHopHeaders, withoutHeaders } from '@pointsman/inference-api';

/** Headers by which the picker tells a sidecar what to do. */
export const ROUTING_HEADERS = {
  prefiller: 'x-prefiller-host-port',
  encoders: 'x-encoder-hosts-ports',
  source: 'x-kv-cache-source-host-port',
  rank: 'x-data-parallel-host-port',
} as const;

/** What is for this hop: whom to ask, host, length, and what this listener answered already. */
const WITHHELD: ReadonlySet<string> = new Set([
  ROUTING_HEADERS.prefiller,
  ROUTING_HEADERS.encoders,
  ROUTING_HEADERS.source,
  'host',
  'content-length',
  'expect',
  'x-forwarded-for',
]);

const WITHHELD_FROM_READ_ANSWERS: ReadonlySet<string> = new Set([...WITHHELD, 'accept-encoding']);

/**
 * The client's headers as a model server gets them, as a flat list of names and values.
 * @param isAnswerRead whether the sidecar has to understand the answer, which then must not be compressed
 */
export function legHeaders(request: IncomingMessage, isAnswerRead: boolean): string[] {
  const { rawHeaders } = request;
  const dropped = isAnswerRead ? WITHHELD_FROM_READ_ANSWERS : WITHHELD;
  const headers = withoutHeaders(rawHeaders, hopByHopHeaders(rawHeaders), dropped);
  // Of what ends at this hop only that trailers are welcome holds for the next one too.
  if (/(^|,)\s*trailers\s*(,|$)/i.test(String(request.headers.te ?? ''))) headers.push('te', 'trailers');
  const client = request.socket.remoteAddress?.replace(/^::ffff:/, '');
  const before = request.headers['x-forwarded-for'];
  const forwarded = [before, client].filter((part) => part !== undefined && part !== '').join(', ');
  if (forwarded !== '') headers.push('x-forwarded-for', forwarded);
  return headers;
}

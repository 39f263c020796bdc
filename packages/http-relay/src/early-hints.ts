import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { hopByHopOf } from './hop-by-hop-of.ts';

/** What stands between two links of one header, as opposed to a comma inside of one. */
const BETWEEN_LINKS = /\s*,\s*(?=<)/;

/**
 * Passes `103 Early Hints` on. They only advise, so they are left out where they could do harm: for HTTP/1.0, which has no
 * interim answers; for a client that does not read; and when Node refuses them.
 */
export function passEarlyHints(request: IncomingMessage, response: ServerResponse, headers: IncomingHttpHeaders): void {
  if (request.httpVersion === '1.0' || response.headersSent || response.destroyed) return;
  const { link } = headers;
  if (link === undefined || response.writableLength >= response.writableHighWaterMark) return;
  const ended = hopByHopOf(headers);
  const hints: Record<string, string | string[]> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value !== undefined && name !== 'content-length' && !ended.has(name)) hints[name] = value;
  }
  hints.link = [link].flat().flatMap((links) => links.split(BETWEEN_LINKS));
  try {
    response.writeEarlyHints(hints);
  } catch {
    // Node knows fewer forms of links than there are.
  }
}

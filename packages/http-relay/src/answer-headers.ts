import type { IncomingHttpHeaders } from 'node:http';
import { hopByHopOf } from './hop-by-hop-of.ts';

/**
 * The headers of a model server's answer for the client, as a flat list of names and values: without those that end at
 * this hop.
 * @param hasLength whether the length that the model server told holds
 * @param isWithheld says by its lower-case name whether a header is left out besides
 */
export function answerHeaders(
  received: IncomingHttpHeaders,
  hasLength: boolean,
  isWithheld?: (name: string) => boolean,
): string[] {
  const ended = hopByHopOf(received);
  const headers: string[] = [];
  for (const name in received) {
    if (ended.has(name) || (!hasLength && name === 'content-length') || isWithheld?.(name)) continue;
    const value = received[name];
    if (typeof value === 'string') headers.push(name, value);
    else if (value !== undefined) for (const one of value) headers.push(name, one);
  }
  return headers;
}

import type { IncomingHttpHeaders } from 'node:http';
import { hopByHopHeaders } from '@pointsman/inference-api';

/** The headers of a model server's answer for the client, as a flat list of names and values. */
export function answerHeaders(received: IncomingHttpHeaders, keepsLength: boolean): string[] {
  const { connection } = received;
  const ended = hopByHopHeaders(connection === undefined ? [] : ['connection', connection]);
  const headers: string[] = [];
  for (const name in received) {
    if (ended.has(name) || (name === 'content-length' && !keepsLength)) continue;
    const value = received[name];
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) headers.push(name, one);
  }
  return headers;
}

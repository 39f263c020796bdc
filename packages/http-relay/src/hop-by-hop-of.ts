import type { IncomingHttpHeaders } from 'node:http';
import { hopByHopHeaders } from '@pointsman/inference-api';

/** Names of the headers of an answer that end at this hop. */
export function hopByHopOf({ connection }: IncomingHttpHeaders): ReadonlySet<string> {
  return hopByHopHeaders(connection === undefined ? [] : ['connection', connection]);
}

import type { IncomingHttpHeaders } from 'node:http';

/** True when the client wants to be told that too little is cached: `X-Cache-Threshold-Finish-Reason: true`. */
export function refusesAlways(headers: IncomingHttpHeaders): boolean {
  const value = headers['x-cache-threshold-finish-reason'];
  return value === 'true' || value === '1';
}

import { hopByHopHeaders } from './hop-by-hop-headers.ts';
import { routingControlHeaders } from './routing-control-headers.ts';

/**
 * The headers of a client's request that may go on to a model server: without those that end at this hop and without
 * those that steer routing. A new flat list of names and values; names keep their spelling, repeated ones their order.
 */
export function forwardedRequestHeaders(headers: readonly string[]): string[] {
  return withoutHeaders(headers, hopByHopHeaders(headers), routingControlHeaders);
}

/** The headers of a model server's response that may go on to the client: without those that end at this hop. */
export function forwardedResponseHeaders(headers: readonly string[]): string[] {
  return withoutHeaders(headers, hopByHopHeaders(headers));
}

/** A flat list of header names and values without the names in `drop` (lower-case). */
export function withoutHeaders(
  headers: readonly string[],
  drop: ReadonlySet<string>,
  alsoDrop?: ReadonlySet<string>,
): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i]!.toLowerCase();
    if (!drop.has(name) && !alsoDrop?.has(name)) kept.push(headers[i]!, headers[i + 1]!);
  }
  return kept;
}

import type { IncomingMessage } from 'node:http';
import { SidecarError } from '../answer/sidecar-error.ts';
import { ROUTING_HEADERS } from './leg-headers.ts';

/**
 * Which data-parallel rank of the model server a request is for: the one that a header names by the address and port of this pod, else
 * the one whose port it came in on.
 * @param basePort where the sidecar listens for rank 0
 * @throws SidecarError 400 for a header that names no rank of this pod
 */
export function rankOf(
  request: IncomingMessage,
  listenerRank: number,
  { podIp, basePort, size }: { readonly podIp: string | undefined; readonly basePort: number; readonly size: number },
): number {
  const named = request.headers[ROUTING_HEADERS.rank];
  if (typeof named !== 'string' || named === '') return listenerRank;
  for (let rank = 0; rank < size; rank++)
    if (podIp !== undefined && named === addressOf(podIp, basePort + rank)) return rank;
  throw new SidecarError(400, `${ROUTING_HEADERS.rank} names no data-parallel rank of this pod`);
}

/** `host:port`, as headers name a rank of this pod. */
export function addressOf(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}

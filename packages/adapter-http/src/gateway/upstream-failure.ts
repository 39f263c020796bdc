import { errorCode } from '@pointsman/http-relay';

/**
 * How an attempt failed before its answer began:
 * - `connect`: no connection came about, so that the model server has not seen the request
 * - `closed`: the connection was lost, or what came over it was no HTTP
 * - `timeout`: no headers came in time
 */
export type UpstreamFailure = 'connect' | 'closed' | 'timeout';

/** @param isSent whether the request was on its way */
export function upstreamFailure(error: Error, isSent: boolean): UpstreamFailure {
  if (!isSent) return 'connect';
  return errorCode(error) === 'UND_ERR_HEADERS_TIMEOUT' ? 'timeout' : 'closed';
}

/** Whether a lost connection may be one that was kept alive, and that the model server closed while it was idle. */
export function mayHaveBeenIdle(error: Error): boolean {
  const code = errorCode(error);
  if (code === 'ECONNRESET' || code === 'EPIPE') return true;
  const { socket } = error as { readonly socket?: { readonly bytesRead?: number } | null };
  return code === 'UND_ERR_SOCKET' && (socket?.bytesRead ?? 0) > 0;
}

/** True when the request cannot be put on the wire, such as one with a space in its path. No endpoint would help. */
export function isUnsendable(error: Error): boolean {
  const code = errorCode(error);
  return code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED';
}

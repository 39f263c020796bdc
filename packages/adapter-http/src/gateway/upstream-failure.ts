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

/** True when the request cannot be put on the wire, such as one with a space in its path. No endpoint would help. */
export function isUnsendable(error: Error): boolean {
  const code = errorCode(error);
  return code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED';
}

/** The code of a system or connection error, else its name: what an operator searches for. */
export function errorCode(error: Error): string {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' ? code : error.name;
}

import type { HeaderBlock } from './hpack/hpack-decoder.ts';

/**
 * Whether headers are those of no request (RFC 9113 §8.2.2 and §8.3.1).
 * @param pseudoFields how many of them have a name with a colon
 */
export function isMalformedRequest(headers: HeaderBlock, pseudoFields: number): boolean {
  const expected = headers[':authority'] === undefined ? 3 : 4;
  if (pseudoFields !== expected || headers[':method'] === undefined || headers[':scheme'] === undefined) return true;
  const path = headers[':path'];
  return path === undefined || path === '' || !isOfStream(headers);
}

/** Whether no header speaks of the connection: HTTP/2 has frames for that. */
function isOfStream(headers: HeaderBlock): boolean {
  return (
    headers.connection === undefined &&
    headers['transfer-encoding'] === undefined &&
    headers.upgrade === undefined &&
    headers['keep-alive'] === undefined &&
    headers['proxy-connection'] === undefined &&
    (headers.te === undefined || headers.te === 'trailers')
  );
}

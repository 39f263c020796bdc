import type { Headers } from '../wire/messages.ts';

/**
 * Whether a request asks for a connection of its own, such as a WebSocket: what follows its headers ends with the
 * conversation, so nobody can wait for it. Envoy shows a WebSocket over HTTP/2 as a GET, too.
 */
export function isTunnel(headers: Headers): boolean {
  const method = headers[':method'];
  return method === 'CONNECT' || (method === 'GET' && headers.upgrade !== undefined);
}

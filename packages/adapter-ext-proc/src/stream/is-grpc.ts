import type { Headers } from '../wire/messages.ts';

/** Whether the HTTP request is a call of gRPC, whatever its messages are written in. gRPC-Web is not: it reads HTTP. */
export function isGrpc(headers: Headers): boolean {
  return /^application\/grpc(?:[+;]|$)/i.test(headers['content-type'] ?? '');
}

import type { Server, ServerCredentials } from '@grpc/grpc-js';

/** Where a server listens. */
export interface ListenAddress {
  /** Default: all addresses. */
  readonly host?: string;
  /** 0 for a free one. */
  readonly port: number;
}

/** @returns the port @throws Error with the `code` of the system when the address cannot be listened on */
export function bind(
  server: Server,
  { host = '0.0.0.0', port }: ListenAddress,
  credentials: ServerCredentials,
): Promise<number> {
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, bound) => {
      if (error === null) resolve(bound);
      else reject(asListenError(error));
    });
  });
}

/** gRPC has the code of the system's error in its message only. */
function asListenError(error: Error): Error {
  const code = /\bE[A-Z]{3,}\b/.exec(error.message)?.[0];
  return code === undefined ? error : Object.assign(error, { code, syscall: 'listen' });
}

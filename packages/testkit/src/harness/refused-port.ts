import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

/** A port at which connections are refused. */
export interface RefusedPort extends AsyncDisposable {
  readonly port: number;
}

/**
 * A port on which nobody listens, and nobody can until it is let go: it is the near end of a connection. One that was free a
 * moment ago may be somebody else's by now.
 */
export async function refusedPort(): Promise<RefusedPort> {
  const server = createServer((socket) => socket.on('error', () => {}).resume());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  return {
    port: socket.localPort!,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      socket.destroy();
      await closed;
    },
  };
}

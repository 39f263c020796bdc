import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { onTestFinished } from 'vitest';

/**
 * A port on which nobody listens, and nobody can before the test is over: it is the near end of a connection. One that was
 * free a moment ago may be somebody else's by now.
 */
export async function unusedPort(): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => {}).resume());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  onTestFinished(async () => {
    const closed = once(server, 'close');
    server.close();
    socket.destroy();
    await closed;
  });
  await once(socket, 'connect');
  return socket.localPort!;
}

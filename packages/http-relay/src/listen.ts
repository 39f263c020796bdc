import type { Server } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/**
 * Listens on `host`, default all addresses.
 * @returns the URL; for a listener on all addresses that of the loopback
 * @throws what listening throws, such as EADDRINUSE
 */
export async function listen(server: Server, port: number, host?: string): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { address, port: bound } = server.address() as AddressInfo;
  const scheme = server instanceof HttpsServer ? 'https' : 'http';
  if (address === '::' || address === '0.0.0.0') return `${scheme}://127.0.0.1:${bound}`;
  return `${scheme}://${address.includes(':') ? `[${address}]` : address}:${bound}`;
}

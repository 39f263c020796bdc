import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Listens on `host`, default all addresses. @returns the URL; for a listener on all addresses that of the loopback */
export async function listen(server: Server, port: number, host?: string): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { address, port: bound } = server.address() as AddressInfo;
  if (address === '::' || address === '0.0.0.0') return `http://127.0.0.1:${bound}`;
  return `http://${address.includes(':') ? `[${address}]` : address}:${bound}`;
}

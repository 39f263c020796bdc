import { isIP, type Socket, connect as tcpConnect } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import type { PageHost } from './page-host.ts';

/** A page and what is around it usually fit. */
const READ_BYTES = 64 * 1024;

/**
 * Begins to connect.
 * @param onBytes gets what arrives: the first `length` bytes of a buffer that is used again afterwards
 * @throws whatever is wrong with the certificates
 */
export function openSocket(host: PageHost, onBytes: (bytes: Buffer, length: number) => void): Socket {
  const { hostname, port, tls } = host;
  if (tls === undefined) {
    // Reading into the same memory every time saves a stream's bookkeeping, and its garbage.
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    const callback = (length: number) => {
      onBytes(buffer, length);
      return true;
    };
    return tcpConnect({ host: hostname, port, noDelay: true, onread: { buffer, callback } });
  }
  const servername = isIP(hostname) === 0 ? { servername: hostname } : {};
  const socket = tlsConnect({ ...tls, ...servername, host: hostname, port, ALPNProtocols: ['http/1.1'] });
  socket.on('data', (bytes: Buffer) => onBytes(bytes, bytes.length));
  return socket;
}

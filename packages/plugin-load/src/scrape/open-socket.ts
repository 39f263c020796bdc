import { isIP, type Socket, connect as tcpConnect } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import type { PageHost } from './page-host.ts';

/**
 * What all sockets read into; a page and what is around it usually fit. They can share it because a TCP socket is asked
 * for memory, reads into it and hands the bytes over in one go, before the next one is asked: Node's own HTTP server
 * reads its connections through one buffer likewise. It stays in the processor's cache, and makes no garbage.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * Begins to connect.
 * @param onBytes gets what arrives: the first `length` bytes of a buffer that is used again when it returns
 * @throws whatever is wrong with the certificates
 */
export function openSocket(host: PageHost, onBytes: (bytes: Buffer, length: number) => void): Socket {
  const { hostname, port, tls } = host;
  if (tls === undefined) {
    const callback = (length: number) => {
      onBytes(READ_BUFFER, length);
      return true;
    };
    return tcpConnect({ host: hostname, port, noDelay: true, onread: { buffer: READ_BUFFER, callback } });
  }
  const servername = isIP(hostname) === 0 ? { servername: hostname } : {};
  const socket = tlsConnect({ ...tls, ...servername, host: hostname, port, ALPNProtocols: ['http/1.1'] });
  socket.on('data', (bytes: Buffer) => onBytes(bytes, bytes.length));
  return socket;
}

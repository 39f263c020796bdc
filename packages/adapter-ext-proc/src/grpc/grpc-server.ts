import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type SecureContextOptions, type Server as TlsServer } from 'node:tls';
import { encodeHeaders } from '../http2/hpack/encode-headers.ts';
import type { HeaderBlock } from '../http2/hpack/hpack-decoder.ts';
import { Http2Connection } from '../http2/http2-connection.ts';
import type { Http2Stream, StreamListener } from '../http2/http2-stream.ts';
import { GrpcCall, type GrpcMethod } from './grpc-call.ts';
import { GRPC_STATUS } from './grpc-status.ts';
import type { ListenAddress } from './listen-address.ts';

/** What a server of gRPC is told. */
export interface GrpcServerOptions {
  /** By path, such as `/grpc.health.v1.Health/Check`. */
  readonly methods: ReadonlyMap<string, GrpcMethod>;
  /** Longest message of a client, in bytes. */
  readonly messageBytes: number;
}

/** Whoever has not said anything sensible by then is cut off. */
const HANDSHAKE_MS = 10_000;
const KEEP_ALIVE_MS = 60_000;
const NOT_GRPC = encodeHeaders([[':status', '415']]);

/** Serves gRPC over HTTP/2, with or without TLS. One broken client harms nobody else. */
export class GrpcServer {
  readonly #options: GrpcServerOptions;
  readonly #connections = new Set<Http2Connection>();
  readonly #sockets = new Set<Socket>();
  #server: Server | TlsServer | undefined;
  #isDraining = false;
  #ended: (() => void) | undefined;

  constructor(options: GrpcServerOptions) {
    this.#options = options;
  }

  /** What listens, once it does: it emits `error` when it cannot take connections any more. */
  get listener(): Server | undefined {
    return this.#server;
  }

  /**
   * @param tls default: no TLS
   * @returns the port
   * @throws Error with the `code` of the system when the address cannot be listened on
   */
  async listen({ host = '0.0.0.0', port }: ListenAddress, tls?: SecureContextOptions): Promise<number> {
    const server =
      tls === undefined
        ? createServer((socket) => this.#accept(socket))
        : createTlsServer({ ...tls, ALPNProtocols: ['h2'], handshakeTimeout: HANDSHAKE_MS });
    if (tls !== undefined) {
      server.on('secureConnection', (socket: Socket) => this.#accept(socket));
      // Sockets on which TLS has not been agreed on yet are closed with the server too.
      server.on('connection', (socket: Socket) => this.#remember(socket));
      server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
    }
    server.listen({ host, port });
    await once(server, 'listening');
    this.#server = server;
    return (server.address() as AddressInfo).port;
  }

  /** New connections see this certificate. */
  setSecureContext(tls: SecureContextOptions): void {
    if (this.#server !== undefined && 'setSecureContext' in this.#server) this.#server.setSecureContext(tls);
  }

  /** Takes no new connections. @returns when all calls have ended */
  drain(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#ended = resolve;
    });
    this.#isDraining = true;
    this.#server?.close();
    for (const connection of [...this.#connections]) connection.goAway();
    this.#tellIfEnded();
    return ended;
  }

  /** Cuts off whoever is connected. */
  close(): void {
    this.#server?.close();
    for (const connection of [...this.#connections]) connection.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }

  #remember(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #accept(socket: Socket): void {
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    this.#remember(socket);
    const connection = new Http2Connection(socket, (stream, headers) => this.#serve(stream, headers));
    this.#connections.add(connection);
    const timer = setTimeout(() => {
      if (!connection.isOpen) connection.destroy();
    }, HANDSHAKE_MS).unref();
    socket.once('close', () => {
      clearTimeout(timer);
      this.#connections.delete(connection);
      this.#tellIfEnded();
    });
    if (this.#isDraining) connection.goAway();
  }

  #serve(stream: Http2Stream, headers: HeaderBlock): StreamListener | undefined {
    if (headers[':method'] !== 'POST' || headers['content-type']?.startsWith('application/grpc') !== true) {
      stream.end(NOT_GRPC);
      return undefined;
    }
    const { methods, messageBytes } = this.#options;
    const path = headers[':path'] ?? '';
    const unknown: GrpcMethod = (call) => {
      call.end(GRPC_STATUS.UNIMPLEMENTED, `there is no method ${path}`);
      return { onMessage() {}, onHalfClose() {}, onCancel() {} };
    };
    return new GrpcCall(stream, messageBytes, methods.get(path) ?? unknown);
  }

  #tellIfEnded(): void {
    if (this.#isDraining && this.#connections.size === 0) this.#ended?.();
  }
}

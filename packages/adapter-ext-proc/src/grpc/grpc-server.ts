import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type SecureContextOptions, type Server as TlsServer } from 'node:tls';
import type { HeaderBlock } from '../http2/hpack/hpack-decoder.ts';
import { Http2Connection } from '../http2/http2-connection.ts';
import type { Http2Stream, StreamListener } from '../http2/http2-stream.ts';
import { ByteBudget } from '../memory/byte-budget.ts';
import { answerToNoCall } from './call-fault.ts';
import { type CallListener, GrpcCall, type GrpcMethod } from './grpc-call.ts';
import { GRPC_STATUS, type GrpcStatus } from './grpc-status.ts';
import { parseTimeout } from './grpc-timeout.ts';
import type { ListenAddress } from './listen-address.ts';

/** What a server of gRPC is told. */
export interface GrpcServerOptions {
  /** By path, such as `/grpc.health.v1.Health/Check`. */
  readonly methods: ReadonlyMap<string, GrpcMethod>;
  /** Longest message of a client, in bytes. */
  readonly messageBytes: number;
  /** Calls that a client may have open on one connection; more are refused. */
  readonly callsPerConnection: number;
  /** Bytes of all messages that are not whole yet, and of all replies that clients do not take. Calls that want more end. */
  readonly heldBytes: number;
  /** Whoever has not said anything sensible by then is cut off; default 10,000 ms. */
  readonly handshakeMs?: number;
  /**
   * Connections are looked at so often; default 20,000 ms. After three looks without a sign of life a client is asked for
   * one, and two looks later it is cut off.
   */
  readonly lookMs?: number;
}

const HANDSHAKE_MS = 10_000;
const LOOK_MS = 20_000;
/** Characters of an unknown method that are told back. */
const SHOWN_PATH = 200;
const NOBODY: CallListener = { onMessage() {}, onHalfClose() {}, onCancel() {} };

/** Serves gRPC over HTTP/2, with or without TLS. One broken client harms nobody else. */
export class GrpcServer {
  readonly #options: GrpcServerOptions;
  readonly #connections = new Set<Http2Connection>();
  readonly #sockets = new Set<Socket>();
  readonly #held: ByteBudget;
  readonly #handshakeMs: number;
  #server: Server | TlsServer | undefined;
  #isDraining = false;
  #ended: (() => void) | undefined;

  constructor(options: GrpcServerOptions) {
    this.#options = options;
    this.#held = new ByteBudget(options.heldBytes);
    this.#handshakeMs = options.handshakeMs ?? HANDSHAKE_MS;
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
        : createTlsServer({ ...tls, ALPNProtocols: ['h2'], handshakeTimeout: this.#handshakeMs });
    if (tls !== undefined) {
      server.on('secureConnection', (socket: Socket) => this.#accept(socket));
      // Sockets on which TLS has not been agreed on yet are closed with the server too.
      server.on('connection', (socket: Socket) => this.#remember(socket));
      server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
    }
    server.listen({ host, port });
    await once(server, 'listening');
    this.#server = server;
    const look = () => {
      for (const connection of [...this.#connections]) connection.look();
    };
    const timer = setInterval(look, this.#options.lookMs ?? LOOK_MS).unref();
    server.once('close', () => clearInterval(timer));
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
    this.#remember(socket);
    const limits = { streams: this.#options.callsPerConnection, unsent: this.#held };
    const connection = new Http2Connection(socket, limits, (stream, headers) => this.#serve(stream, headers));
    this.#connections.add(connection);
    const timer = setTimeout(() => {
      if (!connection.isOpen) connection.destroy();
    }, this.#handshakeMs).unref();
    socket.once('close', () => {
      clearTimeout(timer);
      this.#connections.delete(connection);
      this.#tellIfEnded();
    });
    if (this.#isDraining) connection.goAway();
  }

  #serve(stream: Http2Stream, headers: HeaderBlock): StreamListener | undefined {
    const answer = answerToNoCall(headers);
    if (answer !== undefined) {
      stream.end(answer);
      return undefined;
    }
    const { methods, messageBytes } = this.#options;
    const path = headers[':path']!;
    const timeout = headers['grpc-timeout'];
    const timeoutMs = timeout === undefined ? undefined : parseTimeout(timeout);
    let method = methods.get(path) ?? refusal(GRPC_STATUS.UNIMPLEMENTED, this.#unknown(path));
    if (Number.isNaN(timeoutMs)) method = refusal(GRPC_STATUS.INTERNAL, `grpc-timeout cannot be ${timeout}`);
    const call = new GrpcCall(stream, messageBytes, this.#held, method);
    if (timeoutMs !== undefined) call.endAfter(timeoutMs);
    return call;
  }

  #unknown(path: string): string {
    const known = [...this.#options.methods.keys()].join(', ');
    return `there is no method ${path.slice(0, SHOWN_PATH)}; there are ${known}, and no reflection`;
  }

  #tellIfEnded(): void {
    if (this.#isDraining && this.#connections.size === 0) this.#ended?.();
  }
}

function refusal(status: GrpcStatus, message: string): GrpcMethod {
  return (call) => {
    call.end(status, message);
    return NOBODY;
  };
}

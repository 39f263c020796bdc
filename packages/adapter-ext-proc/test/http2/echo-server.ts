import type { GrpcCall, GrpcMethod } from '../../src/grpc/grpc-call.ts';
import { GrpcServer, type GrpcServerOptions } from '../../src/grpc/grpc-server.ts';
import { FLAG, FRAME } from '../../src/http2/frame.ts';
import { type HeaderBlock, HpackDecoder } from '../../src/http2/hpack/hpack-decoder.ts';
import { type Frame, PREFACE, RawClient, settings } from './raw-client.ts';

/** What became of the calls of a server. */
export interface CallLog {
  messages: number;
  halfClosed: number;
  cancelled: number;
}

/** A server that answers every message of `/test/Echo` with itself; `/test/Silent` says nothing until the server ends, and
 * `/test/Once` ends with the first message. */
export async function echoServer(ends: (() => unknown)[], options: Partial<GrpcServerOptions> = {}) {
  const calls: GrpcCall[] = [];
  const log: CallLog = { messages: 0, halfClosed: 0, cancelled: 0 };
  const serve = (call: GrpcCall, isSilent: boolean) => {
    calls.push(call);
    return {
      onMessage(bytes: Buffer) {
        log.messages++;
        if (!isSilent) call.send([Buffer.from(bytes)]);
      },
      onHalfClose() {
        log.halfClosed++;
        if (!isSilent) call.end();
      },
      onCancel: () => void log.cancelled++,
      ...(isSilent && { onGoAway: () => call.end() }),
    };
  };
  const methods = new Map<string, GrpcMethod>([
    ['/test/Echo', (call) => serve(call, false)],
    ['/test/Silent', (call) => serve(call, true)],
    ['/test/Once', (call) => ({ onMessage: () => call.end(), onHalfClose() {}, onCancel() {} })],
  ]);
  const server = new GrpcServer({
    methods,
    messageBytes: 4_000_000,
    callsPerConnection: 20_000,
    heldBytes: 100_000_000,
    ...options,
  });
  ends.push(() => server.close());
  const port = await server.listen({ host: '127.0.0.1', port: 0 });
  /** A client that has said what every client says first. */
  const connect = async (values: Readonly<Record<number, number>> = {}) => {
    const client = await RawClient.connect(port);
    ends.push(() => client.socket.destroy());
    client.send(PREFACE, settings(values));
    return client;
  };
  return { server, port, calls, log, connect };
}

export const isGoAway = ({ type }: Frame): boolean => type === FRAME.GOAWAY;

/** Why the connection ends. */
export const goAwayCode = async (client: RawClient): Promise<number> =>
  (await client.frame(isGoAway)).payload.readUInt32BE(4);

/** Why the stream was reset. */
export async function resetCode(client: RawClient, id: number): Promise<number> {
  const reset = await client.frame(({ type, streamId }) => type === FRAME.RST_STREAM && streamId === id);
  return reset.payload.readUInt32BE(0);
}

/** All that came in DATA frames. */
export function bodyOf(client: RawClient, id: number): Buffer {
  const data = client.frames.filter(({ type, streamId }) => type === FRAME.DATA && streamId === id);
  return Buffer.concat(data.map(({ payload }) => payload));
}

/** The headers with which the stream ended. */
export async function lastHeaders(client: RawClient, id: number): Promise<HeaderBlock> {
  const { payload } = await client.frame(
    ({ streamId, type, flags }) => streamId === id && type === FRAME.HEADERS && (flags & FLAG.END_STREAM) !== 0,
  );
  return readHeaders(payload);
}

/** The status of gRPC with which the stream ended, or else that of HTTP. */
export async function statusOf(client: RawClient, id: number): Promise<string | undefined> {
  const headers = await lastHeaders(client, id);
  return headers['grpc-status'] ?? headers[':status'];
}

/** What a header block says. @throws Error for what is none */
export function readHeaders(block: Buffer, decoder = new HpackDecoder(100_000)): HeaderBlock {
  const headers = decoder.decode(block);
  if (typeof headers === 'string') throw new Error(`the headers are ${headers}`);
  return { ...headers };
}

import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { GrpcCall, GrpcMethod } from '../../src/grpc/grpc-call.ts';
import { GrpcServer } from '../../src/grpc/grpc-server.ts';
import { FLAG, FRAME, H2_ERROR, SETTING } from '../../src/http2/frame.ts';
import { encodeHeaders } from '../../src/http2/hpack/encode-headers.ts';
import { HpackDecoder } from '../../src/http2/hpack/hpack-decoder.ts';
import { begin, CALL, type Frame, frame, message, numberFrame, PREFACE, RawClient, settings } from './raw-client.ts';

const EMPTY = Buffer.alloc(0);
const isGoAway = ({ type }: Frame) => type === FRAME.GOAWAY;
const endsStream = (id: number) => (one: Frame) =>
  one.streamId === id && one.type === FRAME.HEADERS && (one.flags & FLAG.END_STREAM) !== 0;

describe('a connection', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  /** A server that answers every message with itself, and what became of its calls. */
  async function serve({ messageBytes = 4_000_000 } = {}) {
    const calls: GrpcCall[] = [];
    const log = { messages: 0, halfClosed: 0, cancelled: 0 };
    const echo = (call: GrpcCall) => {
      calls.push(call);
      return {
        onMessage(bytes: Buffer) {
          log.messages++;
          call.send([Buffer.from(bytes)]);
        },
        onHalfClose() {
          log.halfClosed++;
          call.end();
        },
        onCancel: () => void log.cancelled++,
      };
    };
    const silent = () => ({ onMessage() {}, onHalfClose() {}, onCancel() {} });
    const methods = new Map<string, GrpcMethod>([
      ['/test/Echo', echo],
      ['/test/Silent', silent],
    ]);
    const server = new GrpcServer({ methods, messageBytes });
    ends.push(() => server.close());
    const port = await server.listen({ host: '127.0.0.1', port: 0 });
    const connect = async (values: Readonly<Record<number, number>> = {}) => {
      const client = await RawClient.connect(port);
      ends.push(() => client.socket.destroy());
      client.send(PREFACE, settings(values));
      return client;
    };
    return { server, port, calls, log, connect };
  }

  const bodyOf = (client: RawClient, id: number) =>
    Buffer.concat(
      client.frames.filter((one) => one.type === FRAME.DATA && one.streamId === id).map(({ payload }) => payload),
    );

  async function statusOf(client: RawClient, id: number) {
    const { payload } = await client.frame(endsStream(id));
    const headers = new HpackDecoder(10_000).decode(payload);
    return headers['grpc-status'] ?? headers[':status'];
  }

  it('reads frames however they are cut', async () => {
    const { connect } = await serve();
    const texts = fc.array(fc.string({ maxLength: 60 }), { maxLength: 5 });
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(texts, cuts, fc.boolean(), async (messages, sizes, isPadded) => {
        const client = await connect();
        const body = Buffer.concat(messages.map((text) => message(Buffer.from(text))));
        const data = isPadded
          ? frame(
              FRAME.DATA,
              FLAG.END_STREAM | FLAG.PADDED,
              1,
              Buffer.concat([Buffer.from([3]), body, Buffer.alloc(3)]),
            )
          : frame(FRAME.DATA, FLAG.END_STREAM, 1, body);
        const all = Buffer.concat([begin(1), frame(0x63, 0, 0, Buffer.from('unknown')), data]);
        for (let at = 0, i = 0; at < all.length; at += sizes[i++ % sizes.length]!) {
          client.send(all.subarray(at, at + sizes[i % sizes.length]!));
          await new Promise((resolve) => setImmediate(resolve));
        }
        expect(await statusOf(client, 1)).toBe('0');
        expect(bodyOf(client, 1).equals(body)).toBe(true);
        client.socket.destroy();
      }),
      { numRuns: 40 },
    );
  });

  it('takes 10,000 streams that are begun and reset, and forgets them', async () => {
    const { connect, log } = await serve();
    const client = await connect();
    for (let i = 0; i < 10_000; i += 500) {
      const burst: Buffer[] = [];
      for (let id = 2 * i + 1; id < 2 * (i + 500); id += 2) {
        burst.push(begin(id), frame(FRAME.DATA, 0, id, message(Buffer.from('half')).subarray(0, 7)));
        burst.push(numberFrame(FRAME.RST_STREAM, id, H2_ERROR.CANCEL));
      }
      client.send(...burst);
      await client.roundTrip();
    }
    expect(log.cancelled).toBe(10_000);
    expect(client.frames.some(isGoAway)).toBe(false);
    client.send(begin(20_001), frame(FRAME.DATA, FLAG.END_STREAM, 20_001, message(Buffer.from('x'))));
    expect(await statusOf(client, 20_001)).toBe('0');
  });

  it('sends no more than the client takes, and all of it in the end', async () => {
    const { connect, log } = await serve();
    const client = await connect({ [SETTING.INITIAL_WINDOW_SIZE]: 10 });
    const body = message(randomBytes(150_000));
    client.send(begin(1), frame(FRAME.DATA, FLAG.END_STREAM, 1, body));
    await client.roundTrip();
    expect(log.messages).toBe(1);
    expect(bodyOf(client, 1)).toHaveLength(10);
    // More for the stream only: that of the connection ends at 65,535.
    client.send(numberFrame(FRAME.WINDOW_UPDATE, 1, 200_000));
    await client.roundTrip();
    expect(bodyOf(client, 1)).toHaveLength(65_535);
    client.send(settings({ [SETTING.INITIAL_WINDOW_SIZE]: 0 }), numberFrame(FRAME.WINDOW_UPDATE, 0, 200_000));
    expect(await statusOf(client, 1)).toBe('0');
    expect(bodyOf(client, 1).equals(body)).toBe(true);
    expect(client.frames.every(({ payload }) => payload.length <= 16_384)).toBe(true);
  });

  it('lets a client that reads nothing send no more than a window', async () => {
    const { connect, log } = await serve();
    const client = await connect({ [SETTING.INITIAL_WINDOW_SIZE]: 0 });
    client.send(begin(1));
    const part = message(Buffer.alloc(100_000));
    for (let i = 0; i < 10; i++) client.send(frame(FRAME.DATA, 0, 1, part));
    await client.roundTrip();
    expect(log.messages).toBe(10);
    const credit = ({ type, streamId }: Frame) => type === FRAME.WINDOW_UPDATE && streamId === 1;
    expect(client.frames.some(credit)).toBe(false);
    client.send(numberFrame(FRAME.WINDOW_UPDATE, 1, 10_000_000), numberFrame(FRAME.WINDOW_UPDATE, 0, 10_000_000));
    await client.frame(credit);
    expect(bodyOf(client, 1)).toHaveLength(10 * part.length);
  });

  it('takes more than the windows when it is read', async () => {
    const { connect } = await serve();
    const client = await connect({ [SETTING.INITIAL_WINDOW_SIZE]: 0x7fff_ffff, [SETTING.MAX_FRAME_SIZE]: 1_000_000 });
    client.send(numberFrame(FRAME.WINDOW_UPDATE, 0, 0x7000_0000), begin(1));
    const part = message(Buffer.alloc(250_000));
    let granted = 1024 * 1024;
    for (let sent = 0; sent < 300; sent++) {
      while (granted < part.length) {
        await client.roundTrip(sent + 1000);
        granted = 1024 * 1024 - 250_000;
      }
      granted -= part.length;
      client.send(frame(FRAME.DATA, 0, 1, part));
    }
    client.send(frame(FRAME.DATA, FLAG.END_STREAM, 1));
    expect(await statusOf(client, 1)).toBe('0');
    const bytes = client.frames.reduce((sum, { type, payload }) => sum + (type === FRAME.DATA ? payload.length : 0), 0);
    expect(bytes).toBe(300 * part.length);
  });

  it('is given up gracefully: what crosses the farewell is served, and then it ends', async () => {
    const { server, connect, log } = await serve();
    const client = await connect();
    client.send(begin(1));
    await client.roundTrip();
    const drained = server.drain();
    await client.frame(isGoAway);
    client.send(begin(3), frame(FRAME.DATA, FLAG.END_STREAM, 3, message(Buffer.from('late'))));
    expect(await statusOf(client, 3)).toBe('0');
    const ping = await client.frame(({ type, flags }) => type === FRAME.PING && flags === 0);
    client.send(frame(FRAME.PING, FLAG.ACK, 0, ping.payload));
    await client.roundTrip();
    client.send(begin(5));
    await client.roundTrip();
    const farewells = client.frames.filter(isGoAway).map(({ payload }) => payload.readUInt32BE(0));
    expect(farewells).toEqual([0x7fff_ffff, 3]);
    client.send(frame(FRAME.DATA, FLAG.END_STREAM, 1));
    await Promise.all([drained, client.closed]);
    expect(log).toEqual({ messages: 1, halfClosed: 2, cancelled: 0 });
  });

  it('ignores what was still under way when a stream ended', async () => {
    const { connect, calls } = await serve();
    const client = await connect();
    client.send(begin(1));
    await client.roundTrip();
    calls[0]!.end();
    expect(await statusOf(client, 1)).toBe('0');
    expect((await client.frame(({ type }) => type === FRAME.RST_STREAM)).payload.readUInt32BE(0)).toBe(0);
    client.send(frame(FRAME.DATA, 0, 1, message(Buffer.from('late'))), numberFrame(FRAME.WINDOW_UPDATE, 1, 5));
    client.send(frame(FRAME.HEADERS, FLAG.END_HEADERS | FLAG.END_STREAM, 1, CALL));
    client.send(numberFrame(FRAME.RST_STREAM, 1, 0), begin(3), frame(FRAME.DATA, FLAG.END_STREAM, 3));
    expect(await statusOf(client, 3)).toBe('0');
  });

  it.each([
    ['headers', begin(1)],
    ['data', frame(FRAME.DATA, 0, 1, Buffer.from('x'))],
  ])('ends when %s follow the end of an open stream', async (_, bytes) => {
    const { connect } = await serve();
    const client = await connect();
    const silent = encodeHeaders([
      [':method', 'POST'],
      [':path', '/test/Silent'],
      ['content-type', 'application/grpc'],
    ]);
    client.send(begin(1, silent, FLAG.END_HEADERS | FLAG.END_STREAM), bytes);
    expect((await client.frame(isGoAway)).payload.readUInt32BE(4)).toBe(H2_ERROR.STREAM_CLOSED);
  });

  it('tells its calls when it breaks', async () => {
    const { connect, log } = await serve();
    const client = await connect();
    client.send(begin(1), begin(3));
    await client.roundTrip();
    client.socket.destroy();
    while (log.cancelled < 2) await new Promise((resolve) => setImmediate(resolve));
  });

  const five = Buffer.alloc(5);
  it.each<[string, number, Buffer]>([
    ['data of a stream that was never begun', H2_ERROR.PROTOCOL_ERROR, frame(FRAME.DATA, 0, 7, five)],
    ['data of no stream', H2_ERROR.PROTOCOL_ERROR, frame(FRAME.DATA, 0, 0, five)],
    ['a reset of a stream that was never begun', H2_ERROR.PROTOCOL_ERROR, numberFrame(FRAME.RST_STREAM, 7, 0)],
    ['a reset of a wrong size', H2_ERROR.FRAME_SIZE_ERROR, frame(FRAME.RST_STREAM, 0, 1, five)],
    ['a stream with an even number', H2_ERROR.PROTOCOL_ERROR, begin(2)],
    ['headers that are none', H2_ERROR.COMPRESSION_ERROR, begin(1, Buffer.from([0x80]))],
    ['a priority that is cut', H2_ERROR.FRAME_SIZE_ERROR, begin(1, EMPTY, FLAG.END_HEADERS | FLAG.PRIORITY)],
    ['padding without end', H2_ERROR.PROTOCOL_ERROR, frame(FRAME.HEADERS, FLAG.PADDED, 1, Buffer.from([9, 1]))],
    ['something between headers', H2_ERROR.PROTOCOL_ERROR, Buffer.concat([begin(1, CALL, 0), settings()])],
    ['a continuation of nothing', H2_ERROR.PROTOCOL_ERROR, frame(FRAME.CONTINUATION, FLAG.END_HEADERS, 1, CALL)],
    [
      'continuations without end',
      H2_ERROR.ENHANCE_YOUR_CALM,
      Buffer.concat([begin(1, EMPTY, 0), ...Array.from({ length: 40 }, () => frame(FRAME.CONTINUATION, 0, 1))]),
    ],
    ['a push', H2_ERROR.PROTOCOL_ERROR, frame(FRAME.PUSH_PROMISE, 0, 1, five)],
    ['settings of a stream', H2_ERROR.PROTOCOL_ERROR, frame(FRAME.SETTINGS, 0, 1)],
    ['settings of a wrong size', H2_ERROR.FRAME_SIZE_ERROR, frame(FRAME.SETTINGS, 0, 0, five)],
    ['an impossible window', H2_ERROR.FLOW_CONTROL_ERROR, settings({ [SETTING.INITIAL_WINDOW_SIZE]: 0x8000_0000 })],
    ['an impossible frame size', H2_ERROR.PROTOCOL_ERROR, settings({ [SETTING.MAX_FRAME_SIZE]: 100 })],
    ['a window that does not open', H2_ERROR.PROTOCOL_ERROR, numberFrame(FRAME.WINDOW_UPDATE, 0, 0)],
    ['a window too wide', H2_ERROR.FLOW_CONTROL_ERROR, numberFrame(FRAME.WINDOW_UPDATE, 0, 0x7fff_ffff)],
    ['a ping of a wrong size', H2_ERROR.FRAME_SIZE_ERROR, frame(FRAME.PING, 0, 0, five)],
    ['a ping of a stream', H2_ERROR.PROTOCOL_ERROR, frame(FRAME.PING, 0, 1, Buffer.alloc(8))],
    ['a frame that is too long', H2_ERROR.FRAME_SIZE_ERROR, Buffer.from('04ffff0000000001ff', 'hex')],
  ])('ends with the right reason: %s', async (_, code, bytes) => {
    const { connect, server } = await serve();
    const other = await connect();
    const client = await connect();
    client.send(bytes);
    const goAway = await Promise.race([client.frame(isGoAway), client.closed]);
    if (!Array.isArray(goAway)) expect((goAway as Frame).payload.readUInt32BE(4)).toBe(code);
    await client.closed;
    other.send(begin(1), frame(FRAME.DATA, FLAG.END_STREAM, 1));
    expect(await statusOf(other, 1)).toBe('0');
    server.close();
  });

  it.each([
    ['HTTP/1.1', Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n')],
    ['a beginning that is only nearly right', Buffer.from('PRI * HTTP/2.0\r\n\r\nSX')],
    ['no settings first', Buffer.concat([PREFACE, begin(1)])],
  ])('needs to be HTTP/2: %s', async (_, bytes) => {
    const { port } = await serve();
    const client = await RawClient.connect(port);
    client.send(bytes);
    await client.closed;
  });

  it('survives anything', async () => {
    const { port, connect } = await serve();
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
      fc
        .tuple(fc.nat(12), fc.nat(255), fc.constantFrom(0, 1, 2, 3, 5), fc.uint8Array({ maxLength: 40 }))
        .map(([type, flags, id, payload]) => frame(type, flags, id, Buffer.from(payload))),
      fc.constantFrom(1, 3, 5).map((id) => begin(id)),
      fc.constantFrom(1, 3, 5).map((id) => frame(FRAME.DATA, FLAG.END_STREAM, id, message(Buffer.from('x')))),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        const client = await RawClient.connect(port);
        client.send(PREFACE, settings(), ...pieces);
        client.socket.end();
        await client.closed;
      }),
      { numRuns: 300 },
    );
    const sane = await connect();
    sane.send(begin(1), frame(FRAME.DATA, FLAG.END_STREAM, 1));
    expect(await statusOf(sane, 1)).toBe('0');
  });

  describe('a call', () => {
    it('must be one', async () => {
      const { connect } = await serve();
      const client = await connect();
      const head = [
        [':method', 'POST'],
        [':path', '/test/Nothing'],
      ] as const;
      client.send(begin(1, encodeHeaders([...head, ['content-type', 'application/grpc+proto']])));
      client.send(begin(3, encodeHeaders([...head, ['content-type', 'text/plain']])));
      expect(await statusOf(client, 1)).toBe('12');
      expect(await statusOf(client, 3)).toBe('415');
    });

    it.each([
      ['compressed messages', '12', Buffer.from([1, 0, 0, 0, 1, 65])],
      ['messages that are too long', '8', message(Buffer.alloc(200))],
      ['a message without its end', '13', message(Buffer.alloc(50)).subarray(0, 20)],
    ])('ends with a status for %s', async (_, status, bytes) => {
      const { connect, log } = await serve({ messageBytes: 100 });
      const client = await connect();
      client.send(begin(1), frame(FRAME.DATA, FLAG.END_STREAM, 1, bytes));
      expect(await statusOf(client, 1)).toBe(status);
      expect(log).toEqual({ messages: 0, halfClosed: 0, cancelled: 1 });
    });
  });
});

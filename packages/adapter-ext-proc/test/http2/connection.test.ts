import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { FLAG, FRAME, H2_ERROR, SETTING } from '../../src/http2/frame.ts';
import { encodeHeaders } from '../../src/http2/hpack/encode-headers.ts';
import { bodyOf, echoServer, goAwayCode, isGoAway, resetCode, statusOf } from './echo-server.ts';
import {
  begin,
  CALL,
  callTo,
  type Frame,
  frame,
  message,
  numberFrame,
  PREFACE,
  RawClient,
  settings,
} from './raw-client.ts';

const EMPTY = Buffer.alloc(0);

describe('a connection', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  const serve = (options = {}) => echoServer(ends, options);

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
    // Whoever goes on all the same is not heard, and disturbs nobody.
    client.send(begin(5), frame(FRAME.DATA, 0, 5, message(Buffer.from('too late'))));
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
    expect(await resetCode(client, 1)).toBe(H2_ERROR.NO_ERROR);
    client.send(frame(FRAME.DATA, 0, 1, message(Buffer.from('late'))), numberFrame(FRAME.WINDOW_UPDATE, 1, 5));
    const trailers = encodeHeaders([['x-sum', '1']]);
    client.send(frame(FRAME.HEADERS, FLAG.END_HEADERS | FLAG.END_STREAM, 1, trailers));
    client.send(numberFrame(FRAME.RST_STREAM, 1, 0), begin(3), frame(FRAME.DATA, FLAG.END_STREAM, 3));
    expect(await statusOf(client, 3)).toBe('0');
  });

  it.each([
    ['headers', begin(1)],
    ['data', frame(FRAME.DATA, 0, 1, Buffer.from('x'))],
  ])('ends when %s follow the end of an open stream', async (_, bytes) => {
    const { connect } = await serve();
    const client = await connect();
    client.send(begin(1, callTo('/test/Silent'), FLAG.END_HEADERS | FLAG.END_STREAM), bytes);
    expect(await goAwayCode(client)).toBe(H2_ERROR.STREAM_CLOSED);
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
  const RESET_3 = numberFrame(FRAME.RST_STREAM, 3, H2_ERROR.CANCEL);
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
    ['a priority of no stream', H2_ERROR.PROTOCOL_ERROR, frame(FRAME.PRIORITY, 0, 0, five)],
    ['a priority of a wrong size', H2_ERROR.FRAME_SIZE_ERROR, frame(FRAME.PRIORITY, 0, 1, EMPTY)],
    ['a farewell on a stream', H2_ERROR.PROTOCOL_ERROR, frame(FRAME.GOAWAY, 0, 1, Buffer.alloc(8))],
    ['a farewell that is cut', H2_ERROR.FRAME_SIZE_ERROR, frame(FRAME.GOAWAY, 0, 0, five)],
    ['headers of no stream', H2_ERROR.PROTOCOL_ERROR, begin(0)],
    ['a stream that is begun again', H2_ERROR.PROTOCOL_ERROR, Buffer.concat([begin(3), RESET_3, begin(3)])],
    ['a stream that is begun after later ones', H2_ERROR.PROTOCOL_ERROR, Buffer.concat([begin(5), begin(3)])],
    ['a name with capitals', H2_ERROR.PROTOCOL_ERROR, begin(1, encodeHeaders([['X-A', '1']]))],
    ['a value with a line end', H2_ERROR.PROTOCOL_ERROR, begin(1, encodeHeaders([['x-a', 'b\r\nc: d']]))],
    ['a confirmation with settings', H2_ERROR.FRAME_SIZE_ERROR, frame(FRAME.SETTINGS, FLAG.ACK, 0, Buffer.alloc(6))],
    ['a push that is neither on nor off', H2_ERROR.PROTOCOL_ERROR, settings({ [SETTING.ENABLE_PUSH]: 2 })],
    ['too many settings', H2_ERROR.ENHANCE_YOUR_CALM, frame(FRAME.SETTINGS, 0, 0, Buffer.alloc(33 * 6))],
    ['settings without end', H2_ERROR.ENHANCE_YOUR_CALM, Buffer.concat(Array.from({ length: 1001 }, () => settings()))],
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
    expect(await goAwayCode(client)).toBe(code);
    await client.closed;
    other.send(begin(1), frame(FRAME.DATA, FLAG.END_STREAM, 1));
    expect(await statusOf(other, 1)).toBe('0');
    server.close();
  });

  it.each([
    ['no settings first', Buffer.concat([PREFACE, begin(1)])],
    ['settings confirmed first', Buffer.concat([PREFACE, frame(FRAME.SETTINGS, FLAG.ACK, 0)])],
  ])('needs to be HTTP/2: %s', async (_, bytes) => {
    const { port } = await serve();
    const client = await RawClient.connect(port);
    client.send(bytes);
    expect(await goAwayCode(client)).toBe(H2_ERROR.PROTOCOL_ERROR);
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
});

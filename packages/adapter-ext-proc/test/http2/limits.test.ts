import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { GrpcServer } from '../../src/grpc/grpc-server.ts';
import { FLAG, FRAME, H2_ERROR, SETTING } from '../../src/http2/frame.ts';
import { encodeHeaders } from '../../src/http2/hpack/encode-headers.ts';
import { bodyOf, echoServer, goAwayCode, isGoAway, resetCode, statusOf } from './echo-server.ts';
import { begin, callTo, frame, message, numberFrame, settings } from './raw-client.ts';

const HUGE = 0x7000_0000;
const MIB = 1024 * 1024;

describe('what a connection takes on', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  const serve = (options = {}) => echoServer(ends, options);

  /** The server's end of the next connection. */
  const socketOf = async (server: GrpcServer) => (await once(server.listener!, 'connection'))[0] as Socket;

  it('is a number of streams that is announced; more are refused until some have ended', async () => {
    const { connect } = await serve({ callsPerConnection: 2 });
    const client = await connect();
    client.send(begin(1), begin(3), begin(5), frame(FRAME.DATA, FLAG.END_STREAM, 5));
    const announced = await client.frame(({ type, flags }) => type === FRAME.SETTINGS && flags === 0);
    expect(announced.payload.subarray(0, 6).toString('hex')).toBe('000300000002');
    expect(await resetCode(client, 5)).toBe(H2_ERROR.REFUSED_STREAM);
    client.send(numberFrame(FRAME.RST_STREAM, 1, H2_ERROR.CANCEL), begin(7), frame(FRAME.DATA, FLAG.END_STREAM, 7));
    expect(await statusOf(client, 7)).toBe('0');
  });

  it.each<[string, number, Buffer[]]>([
    ['headers within a stream', H2_ERROR.PROTOCOL_ERROR, [begin(1, encodeHeaders([['x-a', '1']]))]],
    ['a request within a stream', H2_ERROR.PROTOCOL_ERROR, [begin(1, undefined, FLAG.END_HEADERS | FLAG.END_STREAM)]],
    ['a window too wide', H2_ERROR.FLOW_CONTROL_ERROR, [numberFrame(FRAME.WINDOW_UPDATE, 1, 0x7fff_ffff)]],
  ])('is a stream that %s ends, and whoever serves it hears so', async (_, code, frames) => {
    const { connect, log } = await serve();
    const client = await connect();
    client.send(begin(1), begin(3), ...frames, frame(FRAME.DATA, FLAG.END_STREAM, 3));
    expect(await resetCode(client, 1)).toBe(code);
    expect(await statusOf(client, 3)).toBe('0');
    expect(log).toEqual({ messages: 0, halfClosed: 1, cancelled: 1 });
  });

  it('is 5,000 streams that it has to reset, and nothing of them stays', async () => {
    const { connect, log } = await serve({ callsPerConnection: 10 });
    const client = await connect();
    for (let i = 0; i < 5000; i += 500) {
      const burst: Buffer[] = [];
      for (let id = 2 * i + 1; id < 2 * (i + 500); id += 2) burst.push(begin(id), begin(id));
      client.send(...burst);
      await client.roundTrip();
    }
    expect(log.cancelled).toBe(5000);
    client.send(begin(10_001), frame(FRAME.DATA, FLAG.END_STREAM, 10_001));
    expect(await statusOf(client, 10_001)).toBe('0');
  });

  it('is no flood of pings from a client that does not read what it is sent', async () => {
    const { server, connect, calls } = await serve();
    const accepted = socketOf(server);
    const client = await connect({ [SETTING.INITIAL_WINDOW_SIZE]: HUGE });
    const socket = await accepted;
    client.send(numberFrame(FRAME.WINDOW_UPDATE, 0, HUGE), begin(1));
    await client.roundTrip();
    client.socket.pause();
    calls[0]!.send([Buffer.alloc(30 * MIB)]);
    const pings = Array.from({ length: 20_000 }, () => frame(FRAME.PING, 0, 0, Buffer.alloc(8, 'x')));
    client.send(...pings);
    while (!socket.isPaused()) await new Promise((resolve) => setImmediate(resolve));
    expect(socket.writableLength).toBeLessThan(5 * MIB);
    client.socket.resume();
    client.send(frame(FRAME.DATA, FLAG.END_STREAM, 1));
    expect(await statusOf(client, 1)).toBe('0');
    expect(client.frames.filter(({ type, payload }) => type === FRAME.PING && payload[0] === 0x78)).toHaveLength(
      20_000,
    );
  });

  it('is no reply that the socket would have to hold, however wide the windows are', async () => {
    const { server, connect, calls } = await serve();
    const accepted = socketOf(server);
    const client = await connect({ [SETTING.INITIAL_WINDOW_SIZE]: HUGE });
    const socket = await accepted;
    client.send(numberFrame(FRAME.WINDOW_UPDATE, 0, HUGE), begin(1));
    await client.roundTrip();
    client.socket.pause();
    for (let i = 0; i < 40; i++) calls[0]!.send([Buffer.alloc(MIB)]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(socket.writableLength).toBeGreaterThan(0);
    expect(socket.writableLength).toBeLessThan(5 * MIB);
    calls[0]!.end();
    client.socket.resume();
    expect(await statusOf(client, 1)).toBe('0');
    expect(bodyOf(client, 1)).toHaveLength(40 * (MIB + 5));
  });

  it('is so much of replies that clients leave lying: the call that wants more ends', async () => {
    const { connect, calls, log } = await serve({ heldBytes: 1000 });
    const [slow, other] = [await connect({ [SETTING.INITIAL_WINDOW_SIZE]: 0 }), await connect()];
    slow.send(begin(1), begin(3));
    await slow.roundTrip();
    calls[0]!.send([Buffer.alloc(900)]);
    calls[1]!.send([Buffer.alloc(900)]);
    expect(await resetCode(slow, 3)).toBe(H2_ERROR.ENHANCE_YOUR_CALM);
    expect(log.cancelled).toBe(1);
    other.send(begin(1), frame(FRAME.DATA, FLAG.END_STREAM, 1, message(Buffer.alloc(5000))));
    expect(await statusOf(other, 1)).toBe('0');
    // What was taken, or is not wanted any more, does not count.
    slow.send(numberFrame(FRAME.WINDOW_UPDATE, 1, 500), begin(5));
    await slow.roundTrip();
    calls.at(-1)!.send([Buffer.alloc(400)]);
    slow.send(numberFrame(FRAME.RST_STREAM, 1, H2_ERROR.CANCEL), begin(7));
    await slow.roundTrip();
    calls.at(-1)!.send([Buffer.alloc(500)]);
    calls.at(-1)!.end();
    slow.send(numberFrame(FRAME.WINDOW_UPDATE, 7, 5000));
    expect(await statusOf(slow, 7)).toBe('0');
    expect(bodyOf(slow, 1)).toHaveLength(500);
  });

  it('is what came of a message, not what it says it will be', async () => {
    const { connect } = await serve({ heldBytes: 200_000 });
    const client = await connect();
    const liars = [1, 3, 5, 7, 9, 11, 13, 15, 17, 19];
    const lie = message(Buffer.alloc(3_900_000)).subarray(0, 100);
    client.send(...liars.flatMap((id) => [begin(id), frame(FRAME.DATA, 0, id, lie)]));
    const half = message(Buffer.alloc(120_000)).subarray(0, 60_000);
    client.send(begin(21), frame(FRAME.DATA, 0, 21, half));
    expect(await statusOf(client, 21)).toBe('8');
    client.send(...liars.map((id) => numberFrame(FRAME.RST_STREAM, id, H2_ERROR.CANCEL)));
    client.send(begin(23), frame(FRAME.DATA, 0, 23, half), frame(FRAME.DATA, FLAG.END_STREAM, 23, half));
    client.send(numberFrame(FRAME.WINDOW_UPDATE, 23, MIB), numberFrame(FRAME.WINDOW_UPDATE, 0, MIB));
    expect(await statusOf(client, 23)).toBe('13');
  });

  it('is nothing of messages that come after the end of their call', async () => {
    const { connect } = await serve({ heldBytes: 20_000 });
    const client = await connect();
    const once = Buffer.concat([message(Buffer.from('a')), message(Buffer.alloc(9000)).subarray(0, 50)]);
    for (let id = 1; id < 41; id += 2) {
      client.send(begin(id, callTo('/test/Once')), frame(FRAME.DATA, 0, id, once));
      expect(await statusOf(client, id)).toBe('0');
    }
    const whole = message(Buffer.alloc(9000));
    client.send(begin(41), frame(FRAME.DATA, 0, 41, whole.subarray(0, 70)));
    client.send(frame(FRAME.DATA, FLAG.END_STREAM, 41, whole.subarray(70)));
    expect(await statusOf(client, 41)).toBe('0');
  });

  it('is any number of frames that are empty', async () => {
    const { connect, log } = await serve();
    const client = await connect();
    const empty = [frame(FRAME.DATA, 0, 1), frame(FRAME.DATA, FLAG.PADDED, 1, Buffer.from([2, 0, 0])), settings()];
    client.send(begin(1), ...Array.from({ length: 900 }, () => empty).flat());
    client.send(...Array.from({ length: 10_000 }, () => empty[0]!), frame(FRAME.PRIORITY, 0, 1, Buffer.alloc(5)));
    client.send(frame(FRAME.DATA, FLAG.END_STREAM, 1));
    expect(await statusOf(client, 1)).toBe('0');
    expect(log.messages).toBe(0);
  });

  it('is headers up to a size: a request with more is refused, and the next one is read rightly', async () => {
    const { connect } = await serve();
    const client = await connect();
    const many = encodeHeaders(Array.from({ length: 700 }, (_, i) => [`x-${i}`, 'v'.repeat(80)] as const));
    const block = Buffer.concat([callTo('/test/Echo'), Buffer.from('400178016d', 'hex'), many]);
    client.send(begin(1, block.subarray(0, 16_000), 0));
    client.send(frame(FRAME.CONTINUATION, 0, 1, block.subarray(16_000, 32_000)));
    client.send(frame(FRAME.CONTINUATION, FLAG.END_HEADERS, 1, block.subarray(32_000)));
    expect(await statusOf(client, 1)).toBe('431');
    // Refers to `x: m`, which the refused headers had it remember.
    const indexed = Buffer.concat([callTo('/test/Echo'), Buffer.from([0xbe])]);
    client.send(begin(3, indexed), frame(FRAME.DATA, FLAG.END_STREAM, 3));
    expect(await statusOf(client, 3)).toBe('0');
    expect(client.frames.some(isGoAway)).toBe(false);
    const part = Buffer.alloc(100_000, encodeHeaders([['x-a', 'b']]));
    client.send(begin(5, part, 0), frame(FRAME.CONTINUATION, 0, 5, part), frame(FRAME.CONTINUATION, 0, 5, part));
    expect(await goAwayCode(client)).toBe(H2_ERROR.ENHANCE_YOUR_CALM);
  });

  it('is shared: streams that wait for the window of the connection take turns', async () => {
    const { connect, calls } = await serve();
    const client = await connect({ [SETTING.INITIAL_WINDOW_SIZE]: HUGE });
    client.send(begin(1), begin(3), begin(5));
    await client.roundTrip();
    for (const call of calls) call.send([Buffer.alloc(200_000)]);
    await client.roundTrip();
    expect([1, 3, 5].map((id) => bodyOf(client, id).length)).toEqual([65_535, 0, 0]);
    for (let i = 0; i < 5; i++) client.send(numberFrame(FRAME.WINDOW_UPDATE, 0, 1000));
    await client.roundTrip();
    expect([1, 3, 5].map((id) => bodyOf(client, id).length)).toEqual([67_535, 2000, 1000]);
  });

  it('is a window that may become negative', async () => {
    const { connect, calls } = await serve();
    const client = await connect({ [SETTING.INITIAL_WINDOW_SIZE]: 100 });
    client.send(begin(1));
    await client.roundTrip();
    calls[0]!.send([Buffer.alloc(500)]);
    client.send(settings({ [SETTING.INITIAL_WINDOW_SIZE]: 0 }), numberFrame(FRAME.WINDOW_UPDATE, 1, 70));
    await client.roundTrip();
    expect(bodyOf(client, 1)).toHaveLength(100);
    client.send(numberFrame(FRAME.WINDOW_UPDATE, 1, 40));
    await client.roundTrip();
    expect(bodyOf(client, 1)).toHaveLength(110);
    client.send(settings({ [SETTING.INITIAL_WINDOW_SIZE]: 90 }));
    await client.roundTrip();
    expect(bodyOf(client, 1)).toHaveLength(200);
  });
});

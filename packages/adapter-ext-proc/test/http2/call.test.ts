import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { FLAG, FRAME, H2_ERROR, SETTING } from '../../src/http2/frame.ts';
import { encodeHeaders } from '../../src/http2/hpack/encode-headers.ts';
import { bodyOf, echoServer, lastHeaders, resetCode, statusOf } from './echo-server.ts';
import { begin, callTo, frame, message, numberFrame, RawClient } from './raw-client.ts';

/** A call with one header in place of the usual one; undefined: without it. */
function callBut(name: string, value?: string): Buffer {
  const usual = { ':method': 'POST', ':scheme': 'http', ':path': '/test/Echo', 'content-type': 'application/grpc' };
  const headers = Object.entries<string | undefined>({ ...usual, [name]: value });
  return encodeHeaders(headers.filter((one): one is [string, string] => one[1] !== undefined));
}

describe('a call', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  const serve = (options = {}) => echoServer(ends, options);

  async function answerTo(block: Buffer, body: Buffer = Buffer.alloc(0)) {
    const { connect, log } = await serve({ messageBytes: 100 });
    const client = await connect();
    client.send(begin(1, block), frame(FRAME.DATA, FLAG.END_STREAM, 1, body));
    return { log, headers: await lastHeaders(client, 1) };
  }

  it.each([
    ['a type of messages', 'content-type', 'application/grpc+proto', '0'],
    ['capitals and parameters', 'content-type', 'Application/GRPC; charset=utf-8', '0'],
    ['a time that is long enough', 'grpc-timeout', '99999999H', '0'],
    ['a time that is none', 'grpc-timeout', '5 minutes', '13'],
    ['a method that there is not', ':path', '/test/Nothing', '12'],
    ['a path that is none', ':path', '*', '12'],
    ['a compression that it does not use', 'grpc-encoding', 'gzip', '0'],
    ['trailers', 'te', 'trailers', '0'],
  ])('has the right status: %s', async (_, name, value, status) => {
    expect((await answerTo(callBut(name, value))).headers['grpc-status']).toBe(status);
  });

  it.each([
    ['content-type', 'text/plain', '415'],
    ['content-type', 'application/grpc-web', '415'],
    ['content-type', 'application/grpc+json', '415'],
    ['content-type', undefined, '415'],
    [':method', 'GET', '405'],
  ])('is none with %s %s', async (name, value, status) => {
    const { headers } = await answerTo(callBut(name, value));
    expect(headers).toMatchObject({ ':status': status, 'grpc-status': '13' });
    expect(headers['grpc-message']).toContain('this port speaks gRPC');
  });

  const PSEUDO: readonly (readonly [string, string])[] = [
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', '/test/Echo'],
  ];
  it.each<[string, Buffer]>([
    ['no method', callBut(':method')],
    ['no scheme', callBut(':scheme')],
    ['no path', callBut(':path')],
    ['an empty path', callBut(':path', '')],
    ['a pseudo-header of responses', callBut(':status', '200')],
    ['a pseudo-header twice', encodeHeaders([...PSEUDO, [':path', '/other']])],
    ['a pseudo-header after others', encodeHeaders([...PSEUDO.slice(1), ['x-a', '1'], PSEUDO[0]!])],
    ['a header of the connection', callBut('connection', 'close')],
    ['an encoding of HTTP/1', callBut('transfer-encoding', 'chunked')],
    ['te that is not for trailers', callBut('te', 'gzip')],
  ])('is reset when it is no request: %s', async (_, block) => {
    const { connect, log } = await serve();
    const client = await connect();
    client.send(begin(1, block), frame(FRAME.DATA, FLAG.END_STREAM, 1));
    expect(await resetCode(client, 1)).toBe(H2_ERROR.PROTOCOL_ERROR);
    client.send(begin(3), frame(FRAME.DATA, FLAG.END_STREAM, 3));
    expect(await statusOf(client, 3)).toBe('0');
    expect(log).toEqual({ messages: 0, halfClosed: 1, cancelled: 0 });
  });

  it.each([
    ['less', '7'],
    ['more', '5'],
  ])('is reset when there is %s than its content-length', async (_, length) => {
    const { connect, log } = await serve();
    const client = await connect();
    client.send(
      begin(1, callBut('content-length', length)),
      frame(FRAME.DATA, FLAG.END_STREAM, 1, message(Buffer.from('a'))),
    );
    client.send(
      begin(3, callBut('content-length', '6')),
      frame(FRAME.DATA, FLAG.END_STREAM, 3, message(Buffer.from('a'))),
    );
    expect(await resetCode(client, 1)).toBe(H2_ERROR.PROTOCOL_ERROR);
    expect(await statusOf(client, 3)).toBe('0');
    expect(log).toMatchObject({ halfClosed: 1, cancelled: 1 });
  });

  it.each([
    ['compressed messages', '12', Buffer.from([1, 0, 0, 0, 1, 65])],
    ['messages of no kind', '13', Buffer.from([2, 0, 0, 0, 1, 65])],
    ['messages that are too long', '8', message(Buffer.alloc(200))],
    ['a length beyond measure', '8', Buffer.from([0, 255, 255, 255, 255])],
    ['a message without its end', '13', message(Buffer.alloc(50)).subarray(0, 20)],
    ['half a head', '13', Buffer.from([0, 0])],
  ])('ends with a status for %s', async (_, status, bytes) => {
    const { log, headers } = await answerTo(callTo('/test/Echo'), bytes);
    expect(headers['grpc-status']).toBe(status);
    expect(headers['grpc-accept-encoding']).toBe(status === '12' ? 'identity' : undefined);
    expect(log).toEqual({ messages: 0, halfClosed: 0, cancelled: 1 });
  });

  it('tells what methods there are, in a message that fits, whatever was asked for', async () => {
    const reflection = await answerTo(callTo('/grpc.reflection.v1.ServerReflection/ServerReflectionInfo'));
    expect(reflection.headers['grpc-message']).toContain('there are /test/Echo, /test/Silent');
    expect(reflection.headers['grpc-message']).toContain('no reflection');
    const odd = await answerTo(callTo(`/100%\u00e9${'x'.repeat(60_000)}`));
    expect(odd.headers['grpc-message']).toMatch(/^there is no method \/100%25%C3%A9x{190,200}; there are/);
  });

  it('is not reset when all was said before the answer', async () => {
    const { connect } = await serve();
    const client = await connect();
    client.send(begin(1, callBut(':method', 'GET'), FLAG.END_HEADERS | FLAG.END_STREAM));
    client.send(begin(3, callBut(':method', 'GET')));
    expect([await statusOf(client, 1), await resetCode(client, 3)]).toEqual(['13', H2_ERROR.NO_ERROR]);
    expect(client.frames.filter(({ type }) => type === FRAME.RST_STREAM)).toHaveLength(1);
  });

  it('gets its messages however they are cut into frames', async () => {
    const { connect } = await serve();
    const sizes = fc.array(fc.oneof(fc.nat(40), fc.nat(60_000)), { maxLength: 5 });
    const cuts = fc.array(fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 100, max: 16_000 })), {
      minLength: 1,
      maxLength: 20,
    });
    const client = await connect({ [SETTING.INITIAL_WINDOW_SIZE]: 0x7000_0000 });
    client.send(numberFrame(FRAME.WINDOW_UPDATE, 0, 0x7000_0000));
    let id = -1;
    await fc.assert(
      fc.asyncProperty(sizes, cuts, async (lengths, parts) => {
        id += 2;
        const all = Buffer.concat(lengths.map((length, i) => message(Buffer.alloc(length, `${i}${length}`))));
        const frames = [begin(id)];
        // A last part that takes the rest: cuts of single bytes would be endless.
        let at = 0;
        for (const part of parts) {
          frames.push(frame(FRAME.DATA, 0, id, all.subarray(at, at + part)));
          at += part;
        }
        for (; at < all.length; at += 16_000) frames.push(frame(FRAME.DATA, 0, id, all.subarray(at, at + 16_000)));
        client.send(...frames, frame(FRAME.DATA, FLAG.END_STREAM, id));
        expect(await statusOf(client, id)).toBe('0');
        expect(bodyOf(client, id).equals(all)).toBe(true);
        client.frames.length = 0;
      }),
      { numRuns: 60 },
    );
  });

  it('ends at its deadline, and whoever serves it hears so', async () => {
    const { connect, log } = await serve();
    const client = await connect();
    client.send(begin(1, callTo('/test/Silent', ['grpc-timeout', '5m'])));
    expect(await statusOf(client, 1)).toBe('4');
    expect(log.cancelled).toBe(1);
    client.send(begin(3, callTo('/test/Silent', ['grpc-timeout', '0n'])));
    expect(await statusOf(client, 3)).toBe('4');
  });

  it('is not ended by the end of a server that waits for it, unless nothing else would end it', async () => {
    const { connect, server, log } = await serve();
    const client = await connect();
    client.send(begin(1), begin(3, callTo('/test/Silent')));
    await client.roundTrip();
    const drained = server.drain();
    // Begun before the client has heard of it.
    client.send(begin(5, callTo('/test/Silent')));
    expect([await statusOf(client, 3), await statusOf(client, 5)]).toEqual(['0', '0']);
    const ping = await client.frame(({ type, flags }) => type === FRAME.PING && flags === 0);
    client.send(frame(FRAME.PING, FLAG.ACK, 0, ping.payload), frame(FRAME.DATA, FLAG.END_STREAM, 1));
    expect(await statusOf(client, 1)).toBe('0');
    await drained;
    expect(log.cancelled).toBe(0);
  });

  it('comes from a client that sends one byte after the other', async () => {
    const { port } = await serve();
    const client = await RawClient.connect(port);
    ends.push(() => client.socket.destroy());
    client.socket.setNoDelay(true);
    const said = Buffer.concat([
      Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
      frame(FRAME.SETTINGS, 0, 0),
      begin(1),
      frame(FRAME.DATA, FLAG.END_STREAM, 1, message(Buffer.from('a'))),
    ]);
    for (const byte of said) {
      client.send(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await statusOf(client, 1)).toBe('0');
  });
});

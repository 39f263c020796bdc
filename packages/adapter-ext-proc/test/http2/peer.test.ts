import { once } from 'node:events';
import { get } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { FLAG, FRAME, H2_ERROR, SETTING } from '../../src/http2/frame.ts';
import { Http2Connection } from '../../src/http2/http2-connection.ts';
import type { Http2Stream } from '../../src/http2/http2-stream.ts';
import { ByteBudget } from '../../src/memory/byte-budget.ts';
import { echoServer, isGoAway, statusOf } from './echo-server.ts';
import { begin, type Frame, frame, numberFrame, PREFACE, RawClient, settings } from './raw-client.ts';

const isQuestion = ({ type, flags }: Frame) => type === FRAME.PING && flags === 0;

describe('the other side', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  const serve = (options = {}) => echoServer(ends, options);

  /** A connection that nobody looks at but the test. */
  async function connection() {
    const server = createServer();
    ends.push(() => server.close());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const client = await RawClient.connect((server.address() as { port: number }).port);
    ends.push(() => client.socket.destroy());
    const [socket] = await accepted;
    const limits = { streams: 10, unsent: new ByteBudget(100_000_000) };
    const streams: Http2Stream[] = [];
    const served = new Http2Connection(socket, limits, (stream) => {
      streams.push(stream);
      stream.send(Buffer.alloc(30 * 1024 * 1024));
      return undefined;
    });
    return { served, client, socket, streams };
  }

  it('is asked for a sign of life when it is silent, and cut off when it gives none', async () => {
    const { served, client } = await connection();
    client.send(PREFACE, settings());
    for (let round = 0; round < 3; round++) {
      // Silent for as long as it may be.
      await client.roundTrip();
      for (let i = 0; i < 4; i++) served.look();
      const { payload } = await client.frame(isQuestion);
      client.frames.length = 0;
      client.send(frame(FRAME.PING, FLAG.ACK, 0, payload));
    }
    await client.roundTrip();
    for (let i = 0; i < 6; i++) served.look();
    await client.closed;
  });

  /** A client that reads nothing, and a server that has so much for it that it does not read either. */
  async function stuck() {
    const { served, client, socket, streams } = await connection();
    client.send(PREFACE, settings({ [SETTING.INITIAL_WINDOW_SIZE]: 0x7000_0000 }));
    client.send(numberFrame(FRAME.WINDOW_UPDATE, 0, 0x7000_0000), begin(1));
    client.socket.pause();
    while (!socket.isPaused()) {
      client.send(frame(FRAME.PING, 0, 0, Buffer.alloc(8)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    // What was read last is no sign of life of later.
    served.look();
    return { served, stream: streams[0]!, closed: once(socket, 'close') };
  }

  it('is cut off when it takes nothing of what waits for it', async () => {
    const { served, closed } = await stuck();
    for (let i = 0; i < 5; i++) served.look();
    await closed;
  });

  it('is not waited for when it takes nothing and the server ends', async () => {
    const { served, stream, closed } = await stuck();
    stream.fail(H2_ERROR.CANCEL);
    served.goAway();
    // Two for the farewell, two for the end.
    for (let i = 0; i < 4; i++) served.look();
    await closed;
  });

  it('is not waited for when it does not answer the farewell', async () => {
    const { served, client } = await connection();
    client.send(PREFACE, settings());
    await client.roundTrip();
    served.goAway();
    served.look();
    served.look();
    await client.closed;
    expect(client.frames.filter(isGoAway)).toHaveLength(2);
  });

  it('is looked at by its server', async () => {
    const { connect } = await serve({ lookMs: 5 });
    const client = await connect();
    await client.closed;
    expect(client.frames.some(isQuestion)).toBe(true);
  });

  it.each([
    ['says nothing', Buffer.alloc(0)],
    ['does not come to an end with its first words', PREFACE.subarray(0, 10)],
    ['does not come to an end with its settings', Buffer.concat([PREFACE, settings({ 4: 10 }).subarray(0, 12)])],
  ])('is cut off when it %s', async (_, bytes) => {
    const { port } = await serve({ handshakeMs: 20 });
    const client = await RawClient.connect(port);
    client.send(bytes);
    await client.closed;
  });

  it.each([
    ['in HTTP/1', {}],
    ['for an upgrade', { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' }],
  ])('is told in its own words when it asks %s', async (_, headers) => {
    const { port } = await serve();
    const request = get({ host: '127.0.0.1', port, headers, agent: false });
    const [answer] = await once(request, 'response');
    expect(answer.statusCode).toBe(505);
    expect(await new Response(answer).text()).toContain('This port speaks gRPC');
  });

  it.each([
    ['a method that begins as HTTP/2 does', Buffer.from('PUT / HTTP/1.1\r\n\r\n'), true],
    ['a beginning that is only nearly right', Buffer.from('PRI * HTTP/2.0\r\n\r\nSX'), true],
    ['a handshake of TLS', Buffer.from('16030100c8010000c4', 'hex'), false],
  ])('is heard no further after %s', async (_, bytes, isAnswered) => {
    const { port } = await serve();
    const client = await RawClient.connect(port);
    let received = '';
    client.socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
    });
    client.send(bytes);
    await client.closed;
    expect(received.startsWith('HTTP/1.1 505 ')).toBe(isAnswered);
  });

  it('may allow no table for headers', async () => {
    const { port } = await serve();
    // An HTTP/2 of another make, which checks that it is told so.
    const client = connectHttp2(`http://127.0.0.1:${port}`, { settings: { headerTableSize: 0 } });
    ends.push(() => client.destroy());
    await once(client, 'localSettings');
    for (let i = 0; i < 2; i++) {
      const request = client.request({ ':method': 'POST', ':path': '/test/Echo', 'content-type': 'application/grpc' });
      const answered = once(request, 'trailers');
      request.resume().end();
      expect((await answered)[0]['grpc-status']).toBe('0');
    }
  });

  it('hears of the table that there is none, once', async () => {
    const { connect } = await serve();
    const client = await connect();
    client.send(begin(1), frame(FRAME.DATA, FLAG.END_STREAM, 1));
    expect(await statusOf(client, 1)).toBe('0');
    client.send(begin(3), frame(FRAME.DATA, FLAG.END_STREAM, 3));
    expect(await statusOf(client, 3)).toBe('0');
    const blocks = client.frames.filter(({ type }) => type === FRAME.HEADERS).map(({ payload }) => payload[0]);
    expect(blocks.map((first) => first === 0x20)).toEqual([true, false, false, false]);
  });
});

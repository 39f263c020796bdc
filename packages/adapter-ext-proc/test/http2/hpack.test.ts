import { once } from 'node:events';
import { connect, type IncomingHttpHeaders } from 'node:http2';
import { createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeHeaders } from '../../src/http2/hpack/encode-headers.ts';
import { type HeaderBlock, HpackDecoder } from '../../src/http2/hpack/hpack-decoder.ts';
import { Http2Connection } from '../../src/http2/http2-connection.ts';
import { ByteBudget } from '../../src/memory/byte-budget.ts';
import { readHeaders } from './echo-server.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('the decoder of headers', () => {
  // RFC 7541, appendix C.4: three requests on one connection, Huffman coded.
  it('reads the examples of the standard, which refer to each other', () => {
    const decoder = new HpackDecoder(4096);
    const first = { ':method': 'GET', ':scheme': 'http', ':path': '/', ':authority': 'www.example.com' };
    expect(readHeaders(hex('8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff'), decoder)).toEqual(first);
    expect(readHeaders(hex('8286 84be 5886 a8eb 1064 9cbf'), decoder)).toEqual({
      ...first,
      'cache-control': 'no-cache',
    });
    expect(readHeaders(hex('8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf'), decoder)).toEqual({
      ':method': 'GET',
      ':scheme': 'https',
      ':path': '/index.html',
      ':authority': 'www.example.com',
      'custom-key': 'custom-value',
    });
  });

  it.each([
    ['an index of nothing', '80'],
    ['an entry that there is not', 'be'],
    ['a text beyond the end', '0085 61'],
    ['a number without its end', '7f ff'],
    ['a number without measure', '7f ff ff ff ff ff ff ff ff 7f'],
    ['a table larger than agreed on', '3f e2 1f'],
    ['an end of string within a text', '0084 ff ff ff ff 00'],
    ['too much padding', '0082 1f ff 00'],
    ['padding of zeros', '0081 18 00'],
  ])('refuses %s', (_, block) => {
    expect(() => new HpackDecoder(4096).decode(hex(block))).toThrow(/header/);
  });

  it('knows headers that are too long, and goes on', () => {
    // One byte of a name, 100 of a value, and what every header counts (RFC 9113 §6.5.2).
    const block = encodeHeaders([['x', 'y'.repeat(100)]]);
    expect(new HpackDecoder(132).decode(block)).toBe('too long');
    expect(readHeaders(block, new HpackDecoder(133))).toEqual({ x: 'y'.repeat(100) });
    expect(new HpackDecoder(65_536).decode(Buffer.from([...hex('4001 6100'), ...Buffer.alloc(60_000, 0xbe)]))).toBe(
      'too long',
    );
  });

  it('never does anything but read or refuse', () => {
    const decoder = new HpackDecoder(4096);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          decoder.decode(Buffer.from(bytes));
        } catch (error) {
          expect((error as Error).name).toBe('Http2Error');
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('reads what the encoder writes', () => {
    const name = fc.stringMatching(/^[a-z-]{1,20}$/);
    const value = fc.stringMatching(/^[ -~]{0,200}$/);
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, value), { selector: ([each]) => each }), (fields) => {
        expect(readHeaders(encodeHeaders(fields))).toEqual(Object.fromEntries(fields));
      }),
    );
  });
});

describe('headers of another implementation', () => {
  const seen: HeaderBlock[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    new Http2Connection(socket, { streams: 100, unsent: new ByteBudget(1000) }, (stream, headers) => {
      seen.push(headers);
      stream.end(encodeHeaders([[':status', '200']]));
      return undefined;
    });
  });
  let client: ReturnType<typeof connect>;

  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    client = connect(`http://127.0.0.1:${port}`);
  });
  afterAll(() => {
    client.destroy();
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it('are read as they were sent, request after request on one connection', async () => {
    const name = fc.stringMatching(/^x-[a-z0-9]{1,12}$/);
    const value = fc.oneof(
      fc.stringMatching(/^[!-~]([ -~]{0,60}[!-~])?$/),
      fc.constantFrom('a', 'application/grpc', 'x'.repeat(3000)),
    );
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, value, { maxKeys: 12 }), async (sent) => {
        const request = client.request({ ':method': 'POST', ':path': '/p', ...(sent as IncomingHttpHeaders) });
        request.resume().end();
        const [answer] = (await once(request, 'response')) as [IncomingHttpHeaders];
        expect(answer[':status']).toBe(200);
        const read = seen.at(-1)!;
        for (const key in sent) expect(read[key]).toBe(sent[key]);
        expect(read[':path']).toBe('/p');
      }),
      { numRuns: 300 },
    );
  });
});

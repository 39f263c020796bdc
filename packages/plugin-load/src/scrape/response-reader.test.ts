import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ResponseReader } from './response-reader.ts';
import { ScrapeError } from './scrape-error.ts';

interface Seen {
  readonly status: number;
  readonly encoding?: string;
  readonly location?: string;
  readonly body: string;
  readonly persists: boolean;
}

const LIMIT = 100_000;

/** Reads pieces out of memory that is overwritten after every one, as a socket does. The answers, and how it ended. */
function readPieces(pieces: readonly Buffer[], maxBytes = LIMIT): { readonly answers: Seen[]; readonly end: string } {
  const reader = new ResponseReader(maxBytes);
  const answers: Seen[] = [];
  const take = () => {
    const { persists } = reader;
    const { status, encoding, location, body } = reader.take();
    answers.push({
      status,
      ...(encoding === undefined ? {} : { encoding }),
      ...(location === undefined ? {} : { location }),
      body: body.bytes.toString('latin1'),
      persists,
    });
  };
  const memory = Buffer.alloc(Math.max(1, ...pieces.map(({ length }) => length)));
  try {
    for (const piece of pieces) {
      for (let rest = piece; rest.length > 0; ) {
        rest.copy(memory);
        const read = reader.read(memory, rest.length);
        if (reader.isComplete) take();
        else if (read < rest.length) throw new Error('bytes were left over before the answer was complete');
        memory.fill(0xff);
        rest = rest.subarray(read);
      }
    }
    reader.end();
    take();
    return { answers, end: 'ended' };
  } catch (error) {
    if (!(error instanceof ScrapeError)) throw error;
    return { answers, end: error.message };
  }
}

const read = (text: string, maxBytes?: number) => readPieces([Buffer.from(text, 'latin1')], maxBytes);
const answer = (text: string) => {
  const { answers, end } = read(text);
  return answers[0] ?? end;
};
const OK = 'HTTP/1.1 200 OK\r\n';

describe('an answer', () => {
  it.each<[string, string, Seen]>([
    ['with a length', `${OK}Content-Length: 4\r\n\r\npage`, { status: 200, body: 'page', persists: true }],
    ['without a body', `${OK}content-length:0\r\n\r\n`, { status: 200, body: '', persists: true }],
    ['without a reason', 'HTTP/1.1 200\r\ncontent-length: 1\r\n\r\nx', { status: 200, body: 'x', persists: true }],
    ['up to the end', `${OK}\r\nall\r\n of it`, { status: 200, body: 'all\r\n of it', persists: true }],
    ['that must have none', 'HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n', { status: 204, body: '', persists: true }],
    [
      'in chunks',
      `${OK}Transfer-Encoding: Chunked\r\n\r\n4\r\npage\r\n00A ;x="y"\r\n0123456789\r\n0\r\n\r\n`,
      { status: 200, body: 'page0123456789', persists: true },
    ],
    [
      'with trailers',
      `${OK}transfer-encoding: chunked\r\n\r\n1\r\nx\r\n0;last\r\nContent-Length: 7\r\nx: y\r\n\r\n`,
      { status: 200, body: 'x', persists: true },
    ],
    [
      'after interim ones',
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nlocation: /no\r\nconnection: close\r\n\r\n${OK}content-length: 1\r\n\r\nx`,
      { status: 200, body: 'x', persists: true },
    ],
    ['of HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\nx', { status: 200, body: 'x', persists: false }],
    [
      'of HTTP/1.0 that stays',
      'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\ncontent-length: 1\r\n\r\nx',
      { status: 200, body: 'x', persists: true },
    ],
    [
      'that closes',
      `${OK}Connection: x,\tClose\r\nconnection: keep-alive\r\ncontent-length: 1\r\n\r\nx`,
      { status: 200, body: 'x', persists: false },
    ],
    [
      'with what redirects and packed bodies need',
      `HTTP/1.1 302 Found\r\nLOCATION: \t/größe \t\r\nContent-Encoding: gzip\r\ncontent-encoding: br\r\ncontent-length: 0\r\n\r\n`.replace(
        'größe',
        Buffer.from('größe').toString('latin1'),
      ),
      { status: 302, location: '/größe', encoding: 'gzip, br', body: '', persists: true },
    ],
  ])('%s', (_, text, expected) => {
    expect(answer(text)).toEqual(expected);
  });
});

describe('what cannot be read', () => {
  const head = (header: string) => `${OK}${header}\r\n\r\n`;
  const chunked = (chunks: string) => `${OK}transfer-encoding: chunked\r\n\r\n${chunks}`;
  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n', 'is no HTTP/1: "SSH-2.0-OpenSSH_9.6"'],
    ['a TLS alert', '\x15\x03\x01\x00\x02\x02\x46', 'control character'],
    ['HTTP/2', 'HTTP/2 200\r\n\r\n', 'is no HTTP/1'],
    ['a status of two digits', 'HTTP/1.1 99 No\r\n\r\n', 'is no HTTP/1'],
    ['a status below 100', 'HTTP/1.1 099 No\r\n\r\n', 'is no HTTP/1'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n', 'is no HTTP/1'],
    ['a change of protocol', 'HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n', 'changes the protocol'],
    ['lines that end in LF only', 'HTTP/1.1 200 OK\ncontent-length: 1\n\nx', 'a wrong end: "HTTP/1.1 200 OK\\n"'],
    ['a lone CR', head('x: a\rb'), 'a wrong end: "x: a\\rb\\r'],
    ['two CRs', `${OK}x: a\r\r\n\r\n`, 'a wrong end'],
    ['a NUL', head('x: a\0b'), 'control character or a wrong end: "x: a\\u0000"'],
    ['a header without a colon', head('x'), 'is no header: "x"'],
    ['a header without a name', head(': x'), 'is no header'],
    ['a blank before the colon', head('content-length : 1'), 'is no header'],
    ['a header that goes on', head('x: a\r\n b: c'), 'is no header'],
    ['a negative length', head('content-length: -1'), 'a length that is no number: "content-length: -1"'],
    ['an empty length', head('content-length: '), 'is no number'],
    ['a list of lengths', head('content-length: 1, 1'), 'is no number'],
    ['a length in hexadecimal', head('content-length: 0x10'), 'is no number'],
    ['two lengths', head('content-length: 1\r\ncontent-length: 1'), 'more than one length'],
    ['a length and chunks', head('content-length: 1\r\ntransfer-encoding: chunked'), 'a length, and is in chunks'],
    ['chunks and a length', head('transfer-encoding: chunked\r\ncontent-length: 1'), 'a length, and is in chunks'],
    ['chunks that are packed', head('transfer-encoding: gzip, chunked'), 'in another way than in chunks'],
    ['chunks twice', head('transfer-encoding: chunked\r\ntransfer-encoding: chunked'), 'in another way'],
    ['a chunk without a size', chunked(';x\r\n'), 'a chunk without a size: ";x"'],
    ['an empty chunk line', chunked('\r\n'), 'a chunk without a size'],
    ['a negative chunk', chunked('-1\r\n'), 'a chunk without a size'],
    ['a chunk size that is no number', chunked('1x\r\n'), 'a chunk without a size'],
    ['a chunk size of many digits', chunked(`${'0'.repeat(16)}1\r\n`), 'a chunk without a size'],
    ['a chunk that is too long', chunked('1\r\nxy\r\n'), 'a chunk that is longer than it says: "y"'],
    ['a body that is cut', `${OK}content-length: 5\r\n\r\nhalf`, 'closed the connection amid its answer'],
    ['chunks without the last one', chunked('1\r\nx\r\n'), 'amid its answer'],
    ['trailers without an end', chunked('0\r\nx: y\r\n'), 'amid its answer'],
    ['half a status line', 'HTTP/1.1', 'amid its answer'],
    ['an interim answer alone', 'HTTP/1.1 100 Continue\r\n\r\n', 'amid its answer'],
    ['nothing', '', 'closed the connection without an answer'],
  ])('%s', (_, text, message) => {
    expect(answer(text)).toContain(message);
  });

  it.each([
    ['a length', head('content-length: 11')],
    ['a length beyond all numbers', head(`content-length: ${'9'.repeat(400)}`)],
    ['a chunk', chunked('b\r\n')],
    ['chunks together', chunked('5\r\n01234\r\n6\r\n')],
    ['a chunk beyond all numbers', chunked('ffffffffffffffff\r\n')],
    ['a body without a length', `${OK}\r\n01234567890`],
  ])('too much, as soon as it is known: %s', (_, text) => {
    expect(read(text, 10)).toEqual({ answers: [], end: 'the answer is larger than 10 bytes' });
  });

  it('a body of just the greatest size is not too much', () => {
    for (const text of [`${head('content-length: 10')}0123456789`, chunked('A\r\n0123456789\r\n0\r\n\r\n')]) {
      expect(read(text, 10).answers[0]?.body).toBe('0123456789');
    }
  });

  const much = 70_000;
  it.each([
    ['in one header', `${OK}x: ${'y'.repeat(much)}`],
    ['in many headers', `${OK}${'x: y\r\n'.repeat(much / 6)}`],
    ['in interim answers', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(much / 25)],
    ['in one chunk extension', chunked(`1;${'y'.repeat(much)}`)],
    ['in many chunk extensions', chunked('1;0123456789\r\nx\r\n'.repeat(much / 11))],
    ['in trailers', chunked(`0\r\n${'x: y\r\n'.repeat(much / 6)}`)],
  ])('headers without end: %s', (_, text) => {
    expect(read(text).end).toBe('the answer has too many or too long headers');
    const pieces = [...text].map((byte) => Buffer.from(byte));
    expect(readPieces(pieces).end).toBe('the answer has too many or too long headers');
  });

  it('a long page in small chunks is not taken for headers', () => {
    expect(read(chunked(`${'1\r\nx\r\n'.repeat(50_000)}0\r\n\r\n`)).answers[0]?.body.length).toBe(50_000);
  });
});

/** Cuts bytes at the given places, which may lie anywhere. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, i) => bytes.subarray(from, at[i] ?? bytes.length));
}

describe('laws', () => {
  const places = fc.array(fc.nat(), { maxLength: 30 });
  const token = fc.stringMatching(/^[Xx]-[A-Za-z0-9!#$%&'*+.^_`|~-]{0,20}$/);
  const value = fc.stringMatching(/^[!-~\t ]{0,40}$/);
  const headers = fc.array(fc.tuple(token, value), { maxLength: 5 });
  const written = (pairs: readonly (readonly [string, string])[]) =>
    pairs.map(([name, text]) => `${name}: ${text}\r\n`).join('');
  const body = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1'));

  const framed = fc.oneof(
    body.map((text) => ({ text, header: `Content-Length: ${text.length}\r\n`, wire: text })),
    fc
      .record({ text: body, places, extension: fc.constantFrom('', ';a', ' ; a="b c"'), trailers: headers })
      .map(({ text, places, extension, trailers }) => {
        const chunks = cut(Buffer.from(text, 'latin1'), places)
          .filter(({ length }) => length > 0)
          .map((chunk) => `${chunk.length.toString(16)}${extension}\r\n${chunk.toString('latin1')}\r\n`);
        const wire = `${chunks.join('')}0${extension}\r\n${written(trailers)}\r\n`;
        return { text, header: 'Transfer-Encoding: chunked\r\n', wire };
      }),
  );
  const response = fc
    .record({
      interim: fc.array(fc.tuple(fc.constantFrom(100, 102, 103, 199), headers), { maxLength: 2 }),
      minor: fc.constantFrom(0, 1),
      status: fc.constantFrom(200, 206, 302, 404, 500, 999),
      reason: fc.constantFrom('', ' ', ' OK', ' \xe4'),
      before: headers,
      after: headers,
      connection: fc.constantFrom(undefined, 'close', 'keep-alive', 'a, Close , b'),
      framed,
    })
    .map(({ interim, minor, status, reason, before, after, connection, framed }) => {
      const first = interim.map(([code, pairs]) => `HTTP/1.1 ${code} \r\n${written(pairs)}\r\n`).join('');
      const stays = connection === undefined ? '' : `Connection: ${connection}\r\n`;
      const head = `HTTP/1.${minor} ${status}${reason}\r\n${written(before)}${framed.header}${stays}${written(after)}\r\n`;
      const persists = connection === undefined ? minor === 1 : connection === 'keep-alive';
      const seen: Seen = { status, body: framed.text, persists };
      return { wire: `${first}${head}${framed.wire}`, seen };
    });

  it('answers are read as they were written, one after the other, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(response, { maxLength: 3 }), places, body, (responses, places, rest) => {
        const wire = `${responses.map((each) => each.wire).join('')}${OK}\r\n${rest}`;
        const last: Seen = { status: 200, body: rest, persists: true };
        expect(readPieces(cut(Buffer.from(wire, 'latin1'), places))).toEqual({
          answers: [...responses.map(({ seen }) => seen), last],
          end: 'ended',
        });
      }),
      { numRuns: 500 },
    );
  });

  const fragment = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(OK, 'HTTP/1.0 302 x\r\n', 'HTTP/1.1 100\r\n\r\n', '\r\n', '\r', '\n') },
    {
      weight: 6,
      arbitrary: fc.constantFrom(
        'content-length: 5\r\n',
        'transfer-encoding: chunked\r\n',
        'connection: close\r\n',
        'content-encoding: gzip\r\n',
        'location: /\r\n',
        'x: y\r\n',
      ),
    },
    {
      weight: 4,
      arbitrary: fc.constantFrom('\r\n5\r\nabcde\r\n', '\r\n0\r\n\r\n', '5;x\r\n', 'ff\r\n', '0\r\n\r\n', '12345'),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('latin1')) },
  );

  it('any bytes are read or refused, within the limit, and the same wherever they are cut', () => {
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 12 }), places, (fragments, places) => {
        const bytes = Buffer.from(fragments.join(''), 'latin1');
        const whole = readPieces([bytes], 50);
        for (const { body } of whole.answers) expect(body.length).toBeLessThanOrEqual(50);
        expect(readPieces(cut(bytes, places), 50)).toEqual(whole);
        expect(readPieces(cut(bytes, [...bytes.keys()]), 50)).toEqual(whole);
      }),
      { numRuns: 2000 },
    );
  });

  it('an answer is overwritten by no later one: it ends, or it is kept', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(response, fc.boolean()), { minLength: 1, maxLength: 6 }), (responses) => {
        const reader = new ResponseReader(LIMIT);
        const kept: { bytes: Buffer; text: string }[] = [];
        let last: (() => Buffer) | undefined;
        for (const [{ wire, seen }, keeps] of responses) {
          const bytes = Buffer.from(wire, 'latin1');
          expect(reader.read(bytes, bytes.length)).toBe(bytes.length);
          const { body } = reader.take();
          expect(body.bytes.toString('latin1')).toBe(seen.body);
          if (last !== undefined) expect(last).toThrow('must be read before the next scrape');
          last = keeps ? undefined : () => body.bytes;
          if (keeps) kept.push({ bytes: body.keep(), text: seen.body });
        }
        for (const { bytes, text } of kept) expect(bytes.toString('latin1')).toBe(text);
      }),
    );
  });
});

import { once } from 'node:events';
import { definePlugin } from '@pointsman/core';
import { describe, expect, test } from 'vitest';
import { createRig } from './rig/create-rig.ts';
import type { Answer } from './rig/model-server.ts';
import { RawConnection } from './rig/raw-connection.ts';
import { CHAT, chat, send } from './rig/send.ts';

const ok: Answer = ({ response }) => response.end('{}');
const raw = (headers: string, body: string, version = '1.1') =>
  `POST /raw HTTP/${version}\r\nhost: a\r\n${headers}\r\n${body}`;
const CHUNKED = 'transfer-encoding: chunked\r\n';
const TWO = '2\r\nab\r\n0\r\n\r\n';

describe('what could mean one request here and two elsewhere is refused', () => {
  test.each([
    ['a coding twice', raw(CHUNKED + CHUNKED, TWO)],
    ['a coding after the chunks', raw('transfer-encoding: chunked, gzip\r\n', TWO)],
    ['a coding behind an odd space', raw('transfer-encoding: \x0bchunked\r\n', TWO)],
    ['a coding named "identity"', raw('transfer-encoding: identity\r\ncontent-length: 2\r\n', 'ab')],
    ['a space before the colon', raw('transfer-encoding : chunked\r\n', TWO)],
    ['a header on two lines', raw('transfer-encoding:\r\n chunked\r\n', TWO)],
    ['a value on two lines', raw('x-a: b\r\n c\r\ncontent-length: 2\r\n', 'ab')],
    ['the same length twice', raw('content-length: 2\r\ncontent-length: 2\r\n', 'ab')],
    ['a list of lengths', raw('content-length: 2, 2\r\n', 'ab')],
    ['a length with a sign', raw('content-length: +2\r\n', 'ab')],
    ['a line that ends in LF', raw('x: a\nb: c\r\ncontent-length: 2\r\n', 'ab')],
    ['a CR in a value', raw('x: a\rb: c\r\ncontent-length: 2\r\n', 'ab')],
    ['a NUL in a value', raw('x: a\0b\r\ncontent-length: 2\r\n', 'ab')],
    ['a chunk extension on two lines', raw(CHUNKED, '2;a="b\r\nc"\r\nab\r\n0\r\n\r\n')],
    ['a chunk extension that ends in LF', raw(CHUNKED, '2;a\nab\r\n0\r\n\r\n')],
    ['a chunk size with a prefix', raw(CHUNKED, '0x2\r\nab\r\n0\r\n\r\n')],
    ['a chunk size beyond all numbers', raw(CHUNKED, 'FFFFFFFFFFFFFFFFF\r\nab\r\n0\r\n\r\n')],
    ['chunks that end in LF', raw(CHUNKED, '2\nab\n0\n\n')],
  ])('%s', async (_what, bytes) => {
    await using rig = await createRig({ answer: ok });
    await using connection = await RawConnection.open(rig.url);
    connection.write(Buffer.from(bytes, 'latin1'));
    expect(await connection.whole()).toMatch(/^HTTP\/1\.1 400 /);
    await rig.settled();
    expect(rig.model.count).toBe(0);
  });

  test.each(['gzip, chunked', 'chunked;q=1', 'xchunked'])('a coding that nobody here can undo: %s', async (coding) => {
    await using rig = await createRig({ answer: ok });
    await using connection = await RawConnection.open(rig.url);
    connection.write(raw(`transfer-encoding: ${coding}\r\n`, TWO));
    const text = await connection.whole();
    expect(text).toMatch(/^HTTP\/1\.1 501 /);
    // What follows may be no HTTP at all, but has been answered.
    expect(text).toMatch(/"transfer_encoding_not_supported"\}\}$/);
    expect(rig.model.count).toBe(0);
  });
});

test('the request that is sent on is framed anew, whatever framed the one that came', async () => {
  await using rig = await createRig();
  await using connection = await RawConnection.open(rig.url);
  connection.write(
    raw(`${CHUNKED}host: b\r\nconnection: content-length, host, x-request-id\r\nx-request-id: q\r\n`, TWO),
  );
  const { request, response, body } = await rig.model.next();
  expect(body.toString()).toBe('ab');
  expect(request.rawHeaders).toEqual([
    'host',
    rig.model.hostPort,
    'connection',
    'keep-alive',
    'x-request-id',
    'q',
    'content-length',
    '2',
  ]);
  response.end();
  await connection.until('HTTP/1.1 200 ');
});

test.each([
  ['http://h/a/../b%2e?x=%20', '/a/../b%2e?x=%20'],
  ['HTTP://u:p@h:1?x', '/?x'],
  ['http://h', '/'],
  ['//example.com/x', '//example.com/x'],
])('the target %s goes on as %s', async (target, expected) => {
  await using rig = await createRig();
  await using connection = await RawConnection.open(rig.url);
  connection.write(`GET ${target} HTTP/1.1\r\nhost: a\r\n\r\n`);
  const { request, response } = await rig.model.next();
  expect([request.url, request.headers.host]).toEqual([expected, rig.model.hostPort]);
  response.end();
  await connection.until('HTTP/1.1 200 ');
});

test('a target that is longer than headers may be gets 431', async () => {
  await using rig = await createRig({ answer: ok });
  await using connection = await RawConnection.open(rig.url);
  connection.write(`GET /${'a'.repeat(20_000)} HTTP/1.1\r\nhost: a\r\n\r\n`);
  expect(await connection.until('headers_too_large')).toMatch(/^HTTP\/1\.1 431 /);
});

test('CONNECT makes no tunnel', async () => {
  await using rig = await createRig({ answer: ok });
  await using connection = await RawConnection.open(rig.url);
  connection.write('CONNECT 127.0.0.1:22 HTTP/1.1\r\nhost: a\r\n\r\n');
  expect(await connection.whole()).toBe('');
  expect(rig.model.count).toBe(0);
});

test('headers named like what objects have go on', async () => {
  await using rig = await createRig({
    answer: ({ response }) => response.writeHead(200, ['constructor', 'x', '__proto__', 'y']).end(),
  });
  const sent = send(rig.url, {
    headers: ['host', 'a', 'constructor', 'x', '__proto__', 'y', 'content-length', '0'],
    body: '',
    path: '/raw',
  });
  expect((await sent).headers).toMatchObject({ constructor: 'x' });
});

test('a client that closes its half of the connection has left', async () => {
  await using rig = await createRig();
  await using connection = await RawConnection.open(rig.url);
  connection.write(`POST ${CHAT} HTTP/1.1\r\nhost: a\r\ncontent-length: ${chat().length}\r\n\r\n${chat()}`);
  const upstream = await rig.model.next();
  connection.socket.end();
  await upstream.closed;
  await rig.settled();
  expect(rig.pool.recent()[0]?.outcome?.status).toBe('aborted');
});

test('a body that comes byte by byte arrives whole', async () => {
  await using rig = await createRig();
  await using connection = await RawConnection.open(rig.url);
  const body = chat({ user: 'é'.repeat(1_000) });
  const bytes = Buffer.from(body);
  connection.write(`POST ${CHAT} HTTP/1.1\r\nhost: a\r\n${CHUNKED}\r\n`);
  const chunks: Buffer[] = [];
  for (const byte of bytes) chunks.push(Buffer.from('1;ext\r\n'), Buffer.of(byte), Buffer.from('\r\n'));
  connection.write(Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')]));
  const received = await rig.model.next();
  expect(received.body.equals(bytes)).toBe(true);
  received.response.end('{}');
  await connection.until('{}');
});

test('plugins cannot frame messages, nor set what is no header', async () => {
  const framing = {
    'content-length': '1',
    'transfer-encoding': 'chunked',
    connection: 'x',
    'a b': '1',
    'x:y\r\nz': '1',
  };
  const plugin = definePlugin({
    type: 'framer',
    create: () => ({
      postChoice(_cycle, draft) {
        for (const [name, value] of Object.entries(framing)) draft.setHeader(name, value);
        draft.setHeader('x-mine', '1');
      },
      progress(_cycle, _decision, progress) {
        if (progress.kind !== 'headers') return;
        for (const [name, value] of Object.entries(framing)) progress.setHeader(name, value);
        progress.setHeader('x-request-id', 'another');
        progress.setHeader('x-mine', '2');
      },
    }),
  });
  await using rig = await createRig({ plugins: [plugin()] });
  const sent = send(rig.url, { headers: { 'x-request-id': 'r-1' } });
  const { request, response, body } = await rig.model.next();
  expect(body.toString()).toBe(chat());
  expect(request.headers).toMatchObject({ 'x-mine': '1', 'content-length': String(chat().length) });
  expect(request.headers).not.toHaveProperty('transfer-encoding');
  response.writeHead(200, { 'content-length': 2 }).end('{}');
  const answer = await sent;
  expect([answer.text, answer.headers['content-length'], answer.headers['x-mine']]).toEqual(['{}', '2', '2']);
  expect(answer.headers['x-request-id']).toBe('r-1');
});

test('an HTTP/1.0 client that is cut off at the shutdown sees that its answer is not whole', async () => {
  await using rig = await createRig();
  await using connection = await RawConnection.open(rig.url);
  connection.write(`POST ${CHAT} HTTP/1.0\r\ncontent-length: ${chat().length}\r\n\r\n${chat()}`);
  const { response } = await rig.model.next();
  response.write('one,');
  await connection.until('one,');
  const failed = once(connection.socket, 'error');
  await rig.gateway.close({ graceMs: 0 });
  expect(await failed).toMatchObject([{ code: 'ECONNRESET' }]);
});

import { describe, expect, test } from 'vitest';
import { createRig } from './rig/create-rig.ts';
import { RawConnection } from './rig/raw-connection.ts';
import { RawModel } from './rig/raw-model.ts';
import { answered, CHAT, chat, open, send } from './rig/send.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const MB = 1024 * 1024;
const model = (bytes: string) => RawModel.start((socket) => socket.write(Buffer.from(bytes, 'latin1')));

describe('an answer that could be read in two ways is none', () => {
  test.each([
    [
      'a length and chunks',
      `${OK}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n`,
      'closed',
    ],
    ['the same length twice', `${OK}content-length: 2\r\ncontent-length: 2\r\n\r\nab`, 'closed'],
    ['a length with a sign', `${OK}content-length: +2\r\n\r\nab`, 'closed'],
    ['a value on two lines', `${OK}x-a: b\r\n c\r\ncontent-length: 2\r\n\r\nab`, 'closed'],
    ['headers without an end', `${OK}x: ${'a'.repeat(20_000)}\r\n\r\n`, 'closed'],
    ['a body that is still encoded', `${OK}transfer-encoding: gzip, chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n`, 'invalid'],
  ])('%s', async (_what, bytes, code) => {
    await using broken = await model(bytes);
    await using rig = await createRig({ models: 0, before: [broken.url], retry: false });
    const answer = await send(rig.url);
    expect([answer.status, JSON.parse(answer.text).error.code]).toEqual([502, `upstream_${code}`]);
    await rig.settled();
    expect(rig.pool.recent()[0]?.outcome?.status).toBe('error');
  });
});

test('a phrase that cannot be sent on is left out', async () => {
  await using odd = await model('HTTP/1.1 200 \xf0\x9f\x9a\x82\r\ncontent-length: 2\r\n\r\n{}');
  await using rig = await createRig({ models: 0, before: [odd.url] });
  const { response } = open(rig.url, { body: chat() });
  const message = await response;
  expect([message.statusCode, message.statusMessage, (await answered(message)).text]).toEqual([200, '', '{}']);
});

test('bytes of a header that are no ASCII stay', async () => {
  await using odd = await model(`${OK}x-a: \xc3\xa9\xff\r\ncontent-length: 0\r\n\r\n`);
  await using rig = await createRig({ models: 0, before: [odd.url] });
  await using raw = await RawConnection.open(rig.url);
  raw.write('GET /x HTTP/1.1\r\nhost: a\r\n\r\n');
  expect(await raw.until('\r\n\r\n')).toContain('x-a: \xc3\xa9\xff\r\n');
});

test.each([
  ['204 No Content', 0],
  ['304 Not Modified', 2],
])('%s with the length of a body that does not come is whole', async (status, lengths) => {
  await using odd = await model(`HTTP/1.1 ${status}\r\ncontent-length: 5\r\n\r\n`);
  await using rig = await createRig({ models: 0, before: [odd.url] });
  await using raw = await RawConnection.open(rig.url);
  for (let i = 0; i < 2; i++) {
    raw.write(`GET /x HTTP/1.1\r\nhost: a\r\nx-request-id: r${i}\r\n\r\n`);
    await raw.until(`x-request-id: r${i}\r\n`);
    await rig.settled();
  }
  // It means something for 304 only.
  expect(raw.received.match(/content-length: 5/g) ?? []).toHaveLength(lengths);
  expect(rig.pool.recent().map(({ outcome }) => outcome?.status)).toEqual(['ok', 'ok']);
});

test.each([
  ['junk', 'junk'],
  ['another answer', `${OK}content-length: 6\r\n\r\npoison`],
])('what comes after an answer answers nobody else: %s', async (_what, excess) => {
  await using odd = await RawModel.start((socket, count) =>
    socket.write(`${OK}content-length: 2\r\n\r\n${count === 1 ? `{}${excess}` : 'ok'}`),
  );
  // One connection: the second request waits for it.
  await using rig = await createRig({ models: 0, before: [odd.url], upstream: { connections: 1 } });
  const answers = await Promise.all([send(rig.url), send(rig.url)]);
  expect(answers.map(({ status, text }) => [status, text])).toEqual([
    [200, '{}'],
    [200, 'ok'],
  ]);
  await rig.settled();
});

test.each([
  ['keeps the connection', OK],
  ['closes it', 'HTTP/1.1 413 Too Large\r\nconnection: close\r\n'],
])('an answer that comes before the request was sent is passed on when the model server %s', async (_how, head) => {
  await using hasty = await RawModel.start((socket) => {
    socket.pause().write(`${head}content-length: 5\r\n\r\nearly`);
  });
  await using rig = await createRig({ models: 0, before: [hasty.url], retry: false });
  const answer = await send(rig.url, { body: chat({ user: 'x'.repeat(8 * MB) }) });
  expect(answer.text).toBe('early');
  await rig.settled();
  expect(rig.pool.recent()[0]?.outcome?.status).toBe('ok');
});

test('a request that may not run twice is not sent again when its kept-alive connection was just closed', async () => {
  await using closing = await RawModel.start((socket, count) => {
    if (count === 2) socket.destroy();
    else socket.write(`${OK}content-length: 2\r\n\r\n{}`);
  });
  await using rig = await createRig({ before: [closing.url] });
  const make = () => send(rig.url, { path: '/v1/files', body: 'data' });
  expect((await make()).status).toBe(200);
  expect((await make()).status).toBe(502);
  expect([closing.count, rig.model.count]).toEqual([2, 0]);
});

test('an answer that waits behind another one is not taken for one that nobody reads', async () => {
  await using rig = await createRig({ timeouts: { clientStallMs: 20 } });
  await using raw = await RawConnection.open(rig.url);
  const one = `POST ${CHAT} HTTP/1.1\r\nhost: a\r\ncontent-length: ${chat().length}\r\n\r\n${chat()}`;
  raw.write(one);
  const first = await rig.model.next();
  raw.write(one);
  const second = await rig.model.next();
  // More than is written ahead, and so little that the system takes it at once when its turn comes: from then on the client
  // need not be quick.
  second.response.write(Buffer.alloc(MB / 8, 'x'));
  second.response.end('the second');
  // More than one timeout while the first is not answered.
  for (let i = 0; i < 4; i++) await new Promise((resolve) => setTimeout(resolve, 20));
  first.response.end('the first');
  await raw.until('the first');
  await raw.until('the second');
  await rig.settled();
  expect(rig.pool.recent().map(({ outcome }) => outcome?.status)).toEqual(['ok', 'ok']);
});

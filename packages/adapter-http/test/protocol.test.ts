import { once } from 'node:events';
import { expect, test } from 'vitest';
import { createRig } from './rig/create-rig.ts';
import type { Answer } from './rig/model-server.ts';
import { RawConnection } from './rig/raw-connection.ts';
import { answered, CHAT, chat, open, send } from './rig/send.ts';

const MB = 1024 * 1024;
const ok: Answer = ({ response }) => response.end('{}');

function post(body: string, headers = ''): string {
  return `POST ${CHAT} HTTP/1.1\r\nhost: a\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
}

test('a slow reader gets everything, while no more than buffers hold is in memory', async () => {
  await using rig = await createRig();
  const { response } = open(rig.url, { body: chat() });
  const upstream = await rig.model.next();
  const piece = Buffer.alloc(MB, 'x');
  upstream.response.writeHead(200);
  // Until the model server is held up, which must happen while the client reads nothing.
  let written = 0;
  while (upstream.response.write(piece)) written++;
  while (upstream.response.writableLength < 2 * MB) {
    upstream.response.write(piece);
    written++;
    await new Promise((resolve) => setImmediate(resolve));
  }
  upstream.response.end();
  const message = await response;
  let received = 0;
  for await (const chunk of message) received += (chunk as Buffer).length;
  expect(received).toBe((written + 1) * MB);
  await rig.settled();
});

test('a client that never reads is given up, and the model server with it', async () => {
  await using rig = await createRig({ timeouts: { clientStallMs: 50 } });
  await using raw = await RawConnection.open(rig.url);
  raw.write(post(chat()));
  raw.socket.pause();
  const upstream = await rig.model.next();
  upstream.response.writeHead(200);
  const piece = Buffer.alloc(MB, 'x');
  let pumped = 0;
  const pump = () => {
    while (!upstream.response.destroyed && upstream.response.write(piece)) pumped++;
  };
  upstream.response.on('drain', pump);
  pump();
  await upstream.closed;
  await rig.settled();
  expect(pumped).toBeLessThan(64);
  expect(rig.pool.recent()[0]?.outcome?.status).toBe('aborted');
});

test('an answer that is ready is given up too when nobody reads it', async () => {
  await using rig = await createRig({ timeouts: { clientStallMs: 50 } });
  await using raw = await RawConnection.open(rig.url);
  raw.write(post(chat()));
  raw.socket.pause();
  const upstream = await rig.model.next();
  upstream.response.end(Buffer.alloc(32 * MB, 'x'));
  await upstream.closed;
  await rig.settled();
  raw.socket.resume();
  expect((await raw.whole()).length).toBeLessThan(32 * MB);
});

test('a client connection and a connection to the model server serve many requests', async () => {
  await using rig = await createRig({ answer: ok });
  await using raw = await RawConnection.open(rig.url);
  for (let i = 1; i <= 5; i++) {
    raw.write(post(chat(), `x-request-id: r${i}\r\n`));
    await raw.until(`x-request-id: r${i}\r\n`);
    await rig.settled();
  }
  expect(rig.model.count).toBe(5);
  expect(rig.model.connections).toBe(1);
});

test('a client that leaves with requests behind each other aborts all of them', async () => {
  await using rig = await createRig();
  await using raw = await RawConnection.open(rig.url);
  raw.write(post(chat()) + post(chat()) + post(chat()));
  const upstreams = [await rig.model.next(), await rig.model.next(), await rig.model.next()];
  expect(rig.pool.openCalls).toBe(3);
  upstreams[2]!.response.write('begun');
  raw.socket.resetAndDestroy();
  await Promise.all(upstreams.map(({ closed }) => closed));
  await rig.settled();
  expect(rig.pool.recent().map(({ outcome }) => outcome?.status)).toEqual(['aborted', 'aborted', 'aborted']);
});

test('an HTTP/1.0 client gets an answer that ends with the connection', async () => {
  await using rig = await createRig();
  await using raw = await RawConnection.open(rig.url);
  raw.write(`POST ${CHAT} HTTP/1.0\r\ncontent-length: ${chat().length}\r\n\r\n${chat()}`);
  const { response } = await rig.model.next();
  response.write('one,');
  await raw.until('one,');
  response.end('two');
  const text = await raw.whole();
  expect(text.toLowerCase()).not.toContain('transfer-encoding');
  expect(text.endsWith('\r\n\r\none,two')).toBe(true);
});

test('an HTTP/1.0 client sees that an answer broke off', async () => {
  await using rig = await createRig();
  await using raw = await RawConnection.open(rig.url);
  raw.write(`POST ${CHAT} HTTP/1.0\r\ncontent-length: ${chat().length}\r\n\r\n${chat()}`);
  const { response } = await rig.model.next();
  response.write('one,');
  await raw.until('one,');
  const failed = once(raw.socket, 'error');
  rig.model.crash();
  // The end of the connection would look like the end of the answer.
  expect(await failed).toMatchObject([{ code: 'ECONNRESET' }]);
});

test('a chunked request arrives with a length, without the trailers that came with it', async () => {
  await using rig = await createRig();
  await using raw = await RawConnection.open(rig.url);
  const body = chat();
  raw.write(`POST ${CHAT} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n`);
  raw.write(`5;ext=1\r\n${body.slice(0, 5)}\r\n`);
  raw.write(`${(body.length - 5).toString(16)}\r\n${body.slice(5)}\r\n0\r\nx-sum: abc\r\n\r\n`);
  const { request, response, body: received } = await rig.model.next();
  expect(received.toString()).toBe(body);
  expect(request.headers).toMatchObject({ 'content-length': String(body.length) });
  for (const name of ['transfer-encoding', 'trailer', 'x-sum']) expect(request.headers).not.toHaveProperty(name);
  response.end();
  await raw.until('HTTP/1.1 200 OK');
});

test('a request in absolute form goes on in origin form', async () => {
  await using rig = await createRig();
  await using raw = await RawConnection.open(rig.url);
  raw.write('GET http://example.com/v1/models?limit=5 HTTP/1.1\r\nhost: example.com\r\n\r\n');
  const { request, response } = await rig.model.next();
  expect([request.url, request.headers.host]).toEqual(['/v1/models?limit=5', rig.model.hostPort]);
  response.end();
  await raw.until('HTTP/1.1 200 OK');
});

test('trailers that would frame or steer a message are dropped', async () => {
  await using rig = await createRig();
  const sent = send(rig.url);
  const { response } = await rig.model.next();
  response.writeHead(200, { trailer: 'x-sum, content-type, set-cookie, connection' });
  response.write('{}');
  response.addTrailers({ 'x-sum': 'abc', 'content-type': 'text/html', 'set-cookie': 'a=1', connection: 'close' });
  response.end();
  expect((await sent).trailers).toEqual({ 'x-sum': 'abc' });
});

test('a body with GET goes on too', async () => {
  await using rig = await createRig();
  const sent = send(rig.url, {
    method: 'GET',
    path: '/v1/search',
    body: '{"q":1}',
    headers: { 'content-length': '7' },
  });
  const received = await rig.model.next();
  expect([received.request.method, received.body.toString()]).toEqual(['GET', '{"q":1}']);
  received.response.end();
  expect((await sent).status).toBe(200);
});

test('what the model server answers of the headers that the gateway sets is not passed on', async () => {
  await using rig = await createRig({
    answer: ({ response }) =>
      response
        .writeHead(200, { 'x-request-id': 'theirs', 'x-pointsman-endpoint': 'x', 'x-pointsman-decision': 'x' })
        .end(),
  });
  const { headers } = await send(rig.url, { headers: { 'x-request-id': 'mine' } });
  expect(headers).toMatchObject({ 'x-request-id': 'mine', 'x-pointsman-decision': 'default:1' });
  expect(headers['x-pointsman-endpoint']).toContain(rig.model.hostPort);
});

test('a compressed answer passes as it is', async () => {
  const bytes = Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3]);
  await using rig = await createRig({
    answer: ({ response }) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bytes),
  });
  const answer = await send(rig.url, { headers: { 'accept-encoding': 'gzip' } });
  expect([answer.headers['content-encoding'], answer.body]).toEqual(['gzip', bytes]);
});

test('usage and first token become known while the answer passes', async () => {
  await using rig = await createRig();
  const usage = {
    prompt_tokens: 20,
    completion_tokens: 2,
    total_tokens: 22,
    prompt_tokens_details: { cached_tokens: 16 },
  };
  const { response } = open(rig.url, { body: chat({ stream: true }) });
  const upstream = await rig.model.next();
  upstream.response.writeHead(200, { 'content-type': 'text/event-stream' });
  upstream.response.write('data: {"choices":[{"delta":{"content":"a"}}]}\n\n');
  upstream.response.end(`data: {"choices":[],"usage":${JSON.stringify(usage)}}\n\ndata: [DONE]\n\n`);
  await answered(await response);
  await rig.settled();
  expect(rig.pool.recent()[0]?.outcome).toMatchObject({
    status: 'ok',
    httpStatus: 200,
    promptTokens: 20,
    cachedTokens: 16,
    outputTokens: 2,
    firstTokenMs: expect.any(Number),
  });
});

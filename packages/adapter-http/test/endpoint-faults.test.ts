import { definePlugin } from '@pointsman/core';
import { describe, expect, test } from 'vitest';
import { createRig } from './rig/create-rig.ts';
import { fullBacklog } from './rig/full-backlog.ts';
import { RawModel } from './rig/raw-model.ts';
import { answered, CHAT, chat, MESSAGES, open, send } from './rig/send.ts';
import { unusedPort } from './rig/unused-port.ts';

const SHAPES = {
  [CHAT]: (status: number, text: string) =>
    expect(JSON.parse(text).error.type).toBe(status === 504 ? 'timeout_error' : 'server_error'),
  [MESSAGES]: (status: number, text: string) =>
    expect(JSON.parse(text)).toMatchObject({
      type: 'error',
      error: { type: status === 504 ? 'timeout_error' : 'api_error' },
    }),
};

describe.each(Object.entries(SHAPES))('on %s', (path, expectShape) => {
  test('nobody listens at any endpoint: 502', async () => {
    const dead = [await unusedPort(), await unusedPort()].map((port) => `http://127.0.0.1:${port}`);
    await using rig = await createRig({ models: 0, before: dead });
    const answer = await send(rig.url, { path, body: chat({ max_tokens: 1 }) });
    expect(answer.status).toBe(502);
    expect(answer.text).toContain('ECONNREFUSED');
    expectShape(502, answer.text);
    expect(answer.headers).toMatchObject({ 'x-pointsman-decision': 'default:1' });
    await rig.settled();
    expect(rig.pool.explain('default:1')?.outcome?.status).toBe('error');
  });

  test('an endpoint does not take the connection: 502', async () => {
    await using full = await fullBacklog();
    await using rig = await createRig({ models: 0, before: [full.url], timeouts: { connectMs: 50 } });
    const answer = await send(rig.url, { path, body: chat({ max_tokens: 1 }) });
    expect(answer.status).toBe(502);
    expect(answer.text).toContain('UND_ERR_CONNECT_TIMEOUT');
    expectShape(502, answer.text);
    await rig.settled();
  });

  test('an endpoint takes the request and never answers: 504', async () => {
    await using rig = await createRig({ timeouts: { headersMs: 50 }, retry: false });
    const sent = send(rig.url, { path, body: chat({ max_tokens: 1 }) });
    const upstream = await rig.model.next();
    const answer = await sent;
    expect(answer.status).toBe(504);
    expectShape(504, answer.text);
    await upstream.closed;
    await rig.settled();
  });

  test('an endpoint closes before it answers: 502', async () => {
    await using rig = await createRig({ answer: ({ request }) => request.socket.destroy(), retry: false });
    const answer = await send(rig.url, { path, body: chat({ max_tokens: 1 }) });
    expect(answer.status).toBe(502);
    expectShape(502, answer.text);
    await rig.settled();
  });
});

test.each([
  ['something that is no HTTP', 'SSH-2.0-OpenSSH\r\n'],
  ['half a status line', 'HTTP/1.1 20'],
  ['half of the headers', 'HTTP/1.1 200 OK\r\ncontent-ty'],
  ['a header with a line break in it', 'HTTP/1.1 200 OK\r\nx: a\rb\r\ncontent-length: 0\r\n\r\n'],
  ['a status that is none', 'HTTP/1.1 20x OK\r\ncontent-length: 0\r\n\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
])('an endpoint answers %s: 502, and the next one answers instead', async (_what, bytes) => {
  await using broken = await RawModel.start((socket) => socket.end(bytes));
  await using alone = await createRig({ models: 0, before: [broken.url] });
  const refused = await send(alone.url);
  expect(refused.status).toBe(502);
  expect(JSON.parse(refused.text).error.code).toBe('upstream_closed');
  await alone.settled();
  await using rig = await createRig({ before: [broken.url], answer: ({ response }) => response.end('{}') });
  expect((await send(rig.url)).text).toBe('{}');
  await rig.settled();
});

test.each([
  ['without the last chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n'],
  ['before its length is reached', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{}'],
  ['in the middle of a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n{}'],
])('an answer that ends %s breaks off at the client too', async (_how, bytes) => {
  await using broken = await RawModel.start((socket) => socket.end(bytes));
  await using rig = await createRig({ models: 0, before: [broken.url] });
  const { response } = open(rig.url, { body: chat() });
  const message = await response;
  expect(message.statusCode).toBe(200);
  await expect(answered(message)).rejects.toThrow('aborted');
  await rig.settled();
  expect(rig.pool.recent()[0]?.outcome?.status).toBe('error');
});

test('an answer that the end of its connection completes is whole', async () => {
  await using old = await RawModel.start((socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nall of it'));
  await using rig = await createRig({ models: 0, before: [old.url] });
  expect((await send(rig.url)).text).toBe('all of it');
  await rig.settled();
  expect(rig.pool.recent()[0]?.outcome?.status).toBe('ok');
});

test('a stream that stops without ending is cut after the idle timeout', async () => {
  await using rig = await createRig({ timeouts: { idleMs: 50 } });
  const { response } = open(rig.url, { body: chat({ stream: true }) });
  const upstream = await rig.model.next();
  upstream.response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {}\n\n');
  await expect(answered(await response)).rejects.toThrow('aborted');
  await upstream.closed;
  await rig.settled();
});

test('an error of the model server passes as it is', async () => {
  await using rig = await createRig({
    answer: ({ response }) => response.writeHead(422, 'Strange Phrase', { 'x-theirs': '1' }).end('{"detail":"no"}'),
  });
  const { response } = open(rig.url, { body: chat() });
  const message = await response;
  expect([message.statusCode, message.statusMessage, message.headers['x-theirs']]).toEqual([
    422,
    'Strange Phrase',
    '1',
  ]);
  expect((await answered(message)).text).toBe('{"detail":"no"}');
  expect(rig.pool.recent()[0]?.outcome?.httpStatus).toBe(422);
});

test('a header that a plugin made of anything does not break the request', async () => {
  const odd = definePlugin({
    type: 'odd',
    create: () => ({
      postChoice(_cycle, decision) {
        decision.setHeader('x-odd', 'a\r\nb: c\u{1f682}');
        decision.setHeader('x-gone', '');
      },
      progress(_cycle, _decision, progress) {
        if (progress.kind === 'headers') progress.setHeader('x-odd-too', 'é\n');
      },
    }),
  });
  await using rig = await createRig({ plugins: [odd()] });
  const sent = send(rig.url, { headers: { 'x-gone': '1' } });
  const { request, response } = await rig.model.next();
  expect(request.headers['x-odd']).toBe('a??b: c??');
  expect(request.headers).not.toHaveProperty('x-gone');
  response.end('{}');
  expect((await sent).headers['x-odd-too']).toBe('??');
});

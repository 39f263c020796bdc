import { once } from 'node:events';
import { expect, test } from 'vitest';
import { createRig, type RigOptions } from './rig/create-rig.ts';
import type { Answer } from './rig/model-server.ts';
import { RawConnection } from './rig/raw-connection.ts';
import { answered, CHAT, chat, MESSAGES, open, send } from './rig/send.ts';

const SSE = { 'content-type': 'text/event-stream' };
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

/** The model server serves `m` as `adapter-of-m`. */
const rigOf = (options: RigOptions = {}) =>
  createRig({ amendRequest: (input) => ({ ...input, targetModel: 'adapter-of-m' }), ...options });

const withLength =
  (body: string, headers: Record<string, string>, status = 200): Answer =>
  ({ response }) =>
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);

test('a JSON answer names the model that the client asked for, and has no length that is wrong', async () => {
  const body =
    '{ "model" : "adapter-of-m", "choices":[{"model":"adapter-of-m"}], "usage":{"prompt_tokens":3,"completion_tokens":2}}';
  await using rig = await rigOf({ answer: withLength(body, JSON_TYPE) });
  const answer = await send(rig.url);
  expect(answer.text).toBe(body.replace('"adapter-of-m"', '"m"'));
  expect(answer.headers).not.toHaveProperty('content-length');
  expect(answer.headers['transfer-encoding']).toBe('chunked');
  await rig.settled();
  expect(rig.pool.recent()[0]?.outcome).toMatchObject({ status: 'ok', promptTokens: 3, outputTokens: 2 });
});

test('so do errors of the model server, and answers that come in pieces', async () => {
  await using rig = await rigOf({ answer: withLength('{"model":"adapter-of-m"}', JSON_TYPE, 422) });
  expect(await send(rig.url)).toMatchObject({ status: 422, text: '{"model":"m"}' });
  rig.model.answer = ({ response }) => {
    response.writeHead(200, JSON_TYPE).write('{"model":"adapt', () => setImmediate(() => response.end('er-of-m"}')));
  };
  expect((await send(rig.url)).text).toBe('{"model":"m"}');
});

test('each event of a stream is passed on as soon as it is there', async () => {
  await using rig = await rigOf();
  const { response } = open(rig.url, { body: chat({ stream: true }) });
  const upstream = await rig.model.next();
  expect(JSON.parse(upstream.body.toString()).model).toBe('adapter-of-m');
  upstream.response.writeHead(200, SSE).write('data: {"model":"adapter-of-m","n":1}\n\ndata: {"mod');
  const message = await response;
  expect(String((await once(message, 'data'))[0])).toBe('data: {"model":"m","n":1}\n\n');
  upstream.response.end('el":"adapter-of-m","n":2}\n\ndata: [DONE]');
  expect((await answered(message)).text).toBe('data: {"model":"m","n":2}\n\ndata: [DONE]');
});

test("the event with which Anthropic begins names the client's model too", async () => {
  const start = (model: string) =>
    `event: message_start\ndata: {"type":"message_start","message":{"model":"${model}"}}\n\n`;
  await using rig = await rigOf({
    answer: ({ response }) => response.writeHead(200, SSE).end(start('adapter-of-m')),
  });
  const answer = await send(rig.url, { path: MESSAGES, body: chat({ max_tokens: 1, stream: true }) });
  expect(answer.text).toBe(start('m'));
});

test.each([
  ['is compressed', { ...JSON_TYPE, 'content-encoding': 'gzip' }, '{"model":"adapter-of-m"}'],
  ['is neither JSON nor events', { 'content-type': 'text/plain' }, '{"model":"adapter-of-m"}'],
])('an answer that %s passes as it is, with its length', async (_which, headers, body) => {
  await using rig = await rigOf({ answer: withLength(body, headers) });
  const answer = await send(rig.url);
  expect([answer.text, answer.headers['content-length']]).toEqual([body, String(body.length)]);
});

test.each([
  ['names another model', chat(), '{"model":"other"}'],
  ['is for a client that named none', chat({ model: undefined }), '{"model":"adapter-of-m"}'],
])('an answer that %s keeps it', async (_which, request, body) => {
  await using rig = await rigOf({ answer: withLength(body, JSON_TYPE) });
  expect((await send(rig.url, { body: request })).text).toBe(body);
});

test('an answer keeps its length where no model was changed', async () => {
  await using rig = await rigOf({
    amendRequest: (input) => input,
    answer: withLength('{"model":"adapter-of-m"}', JSON_TYPE),
  });
  const answer = await send(rig.url);
  expect([answer.text, answer.headers['content-length']]).toEqual(['{"model":"adapter-of-m"}', '24']);
});

test('an answer that breaks off before its model was found breaks off at the client', async () => {
  await using rig = await rigOf();
  const { response } = open(rig.url, { body: chat() });
  const upstream = await rig.model.next();
  upstream.response.writeHead(200, { ...JSON_TYPE, 'content-length': 100 }).write('{"model":"adapter-of-m"');
  const message = await response;
  rig.model.crash();
  await expect(answered(message)).rejects.toThrow('aborted');
  await rig.settled();
  expect(rig.pool.recent()[0]?.outcome?.status).toBe('error');
});

test('an HTTP/1.0 client gets it up to the end of the connection', async () => {
  await using rig = await rigOf({ answer: withLength('{"model":"adapter-of-m"}', JSON_TYPE) });
  await using raw = await RawConnection.open(rig.url);
  raw.write(`POST ${CHAT} HTTP/1.0\r\ncontent-length: ${chat().length}\r\n\r\n${chat()}`);
  const text = await raw.whole();
  expect(text).toMatch(/\r\n\r\n\{"model":"m"\}$/);
  expect(text.toLowerCase()).not.toMatch(/content-length|transfer-encoding/);
});

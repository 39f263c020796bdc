import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { defineFilter } from '@pointsman/core';
import { describe, expect, test } from 'vitest';
import { testEvictions } from './evictions.ts';
import { createRig, type RigOptions } from './rig/create-rig.ts';
import type { EntryPoint } from './rig/entry-point.ts';
import type { Answer } from './rig/model-server.ts';
import { RawConnection } from './rig/raw-connection.ts';
import { answered, CHAT, chat, MESSAGES, open, send } from './rig/send.ts';
import { unusedPort } from './rig/unused-port.ts';

const SSE = { 'content-type': 'text/event-stream' };
const COMPLETION = JSON.stringify({
  object: 'chat.completion',
  choices: [],
  usage: { prompt_tokens: 3, completion_tokens: 2 },
});

const complete: Answer = ({ response }) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': COMPLETION.length });
  response.end(COMPLETION);
};

const nobody = defineFilter({ type: 'nobody', create: () => ({ keep: () => 'nobody may' }) });

async function nextChunk(message: IncomingMessage): Promise<string> {
  const [chunk] = await once(message, 'data');
  return String(chunk);
}

/** What every entry point has to do, over real sockets. */
export function describeAdapter(name: string, entry: EntryPoint): void {
  const rigOf = (options: RigOptions = {}) => createRig({ entry, ...options });

  describe(`the gateway on ${name}`, () => {
    test('forwards a request and its answer byte by byte', async () => {
      await using rig = await rigOf({ answer: complete });
      const body = `{ "model" : "m",\t"messages":[{"role":"user","content":"\\u00e4 ä 🚂"}], "n":1.0 , "n":1e0}`;
      const received = new Promise<Buffer>((resolve) => {
        rig.model.answer = (one) => {
          resolve(one.body);
          complete(one);
        };
      });
      const answer = await send(rig.url, { headers: { 'content-type': 'application/json' }, body });
      expect((await received).toString()).toBe(body);
      expect(answer.status).toBe(200);
      expect(answer.text).toBe(COMPLETION);
      await rig.settled();
    });

    test('names the endpoint, the decision and the request', async () => {
      await using rig = await rigOf({ answer: complete });
      const answer = await send(rig.url, { headers: { 'x-request-id': 'r-1' } });
      expect(answer.headers['x-pointsman-endpoint']).toBe(rig.pool.endpoints()[0]!.id);
      expect(answer.headers['x-pointsman-decision']).toBe('default:1');
      expect(answer.headers['x-request-id']).toBe('r-1');
      expect(rig.pool.explain('default:1')?.requestId).toBe('r-1');
      const other = await send(rig.url);
      expect(other.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    });

    test('keeps path, query and method', async () => {
      await using rig = await rigOf();
      const sent = send(rig.url, { method: 'DELETE', path: '/v1/files/a%2Fb?x=1&y=%20' });
      const { request, response } = await rig.model.next();
      expect([request.method, request.url]).toEqual(['DELETE', '/v1/files/a%2Fb?x=1&y=%20']);
      response.end('gone');
      expect((await sent).text).toBe('gone');
      await rig.settled();
    });

    test('balances what it does not understand, unread', async () => {
      await using rig = await rigOf();
      const body = Buffer.from([0, 255, 254, 1, 2, 3, 128]);
      const sent = send(rig.url, { path: '/audio/whatever', body, headers: { 'content-type': 'audio/x' } });
      const received = await rig.model.next();
      expect(received.body).toEqual(body);
      expect(rig.pool.openCalls).toBe(1);
      received.response.end(body);
      expect((await sent).body).toEqual(body);
      await rig.settled();
    });

    test('passes the first event on before the second exists', async () => {
      await using rig = await rigOf();
      const { response } = open(rig.url, { body: chat({ stream: true }) });
      const upstream = await rig.model.next();
      upstream.response.writeHead(200, SSE);
      upstream.response.write('data: {"a":1}\n\n');
      const message = await response;
      expect(await nextChunk(message)).toBe('data: {"a":1}\n\n');
      // Only now does the second one come into being.
      upstream.response.write('data: {"a":2}\n\n');
      expect(await nextChunk(message)).toBe('data: {"a":2}\n\n');
      upstream.response.end('data: [DONE]\n\n');
      expect((await answered(message)).text).toBe('data: [DONE]\n\n');
      await rig.settled();
    });

    test('passes headers on before there is a body', async () => {
      await using rig = await rigOf();
      const { response } = open(rig.url, { body: chat({ stream: true }) });
      const upstream = await rig.model.next();
      upstream.response.writeHead(200, SSE);
      upstream.response.flushHeaders();
      const message = await response;
      expect(message.headers['content-type']).toBe('text/event-stream');
      upstream.response.end();
      expect((await answered(message)).text).toBe('');
    });

    test('cancels and releases when the client leaves before the answer', async () => {
      await using rig = await rigOf();
      const { request } = open(rig.url, { body: chat() });
      const upstream = await rig.model.next();
      expect(rig.pool.openCalls).toBe(1);
      request.destroy();
      await upstream.closed;
      await rig.settled();
      expect(rig.pool.recent()[0]?.outcome?.status).toBe('aborted');
    });

    test('cancels and releases when the client leaves in the middle of a stream', async () => {
      await using rig = await rigOf();
      const { request, response } = open(rig.url, { body: chat({ stream: true }) });
      const upstream = await rig.model.next();
      upstream.response.writeHead(200, SSE).write('data: {"a":1}\n\n');
      await nextChunk(await response);
      request.destroy();
      await upstream.closed;
      await rig.settled();
      expect(rig.pool.recent()[0]?.outcome?.status).toBe('aborted');
    });

    test('goes on to the next endpoint when one cannot be reached', async () => {
      const dead = `http://127.0.0.1:${await unusedPort()}`;
      await using rig = await rigOf({ before: [dead], answer: complete });
      const answer = await send(rig.url);
      expect(answer.status).toBe(200);
      expect(answer.headers['x-pointsman-endpoint']).toContain(rig.model.hostPort);
      await rig.settled();
    });

    test('breaks the answer off when the model server dies in the middle of it', async () => {
      await using rig = await rigOf({ models: 2 });
      const { response } = open(rig.url, { body: chat({ stream: true }) });
      const upstream = await rig.model.next();
      upstream.response.writeHead(200, SSE).write('data: {"a":1}\n\n');
      const message = await response;
      expect(await nextChunk(message)).toBe('data: {"a":1}\n\n');
      rig.model.crash();
      await expect(answered(message)).rejects.toThrow('aborted');
      await rig.settled();
      expect(rig.models[1]!.count).toBe(0);
      expect(rig.pool.recent()[0]?.outcome?.status).toBe('error');
    });

    test('refuses what it cannot read in the shape of the API', async () => {
      await using rig = await rigOf();
      const openai = await send(rig.url, { body: '{"model":' });
      expect(openai.status).toBe(400);
      expect(JSON.parse(openai.text).error).toMatchObject({ type: 'invalid_request_error', code: 'invalid_json' });
      const anthropic = await send(rig.url, { path: MESSAGES, body: '{"model":' });
      expect(anthropic.status).toBe(400);
      expect(JSON.parse(anthropic.text)).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } });
      expect(rig.model.count).toBe(0);
      await rig.settled();
    });

    test('refuses a body over the limit, with a length or without', async () => {
      await using rig = await rigOf({ limits: { bodyBytes: 1000 }, answer: complete });
      const body = chat({ user: 'x'.repeat(1000) });
      const declared = await send(rig.url, { body });
      expect(declared.status).toBe(413);
      expect(JSON.parse(declared.text).error.code).toBe('body_too_large');
      const chunked = await send(rig.url, { path: MESSAGES, body, headers: { 'transfer-encoding': 'chunked' } });
      expect(chunked.status).toBe(413);
      expect(JSON.parse(chunked.text).error.type).toBe('request_too_large');
      const allowed = await send(rig.url, { body: chat({ user: 'x' }) });
      expect(allowed.status).toBe(200);
      expect(rig.model.count).toBe(1);
    });

    test('says so when nobody is there, and when filters leave nobody', async () => {
      await using empty = await rigOf({ models: 0 });
      const none = await send(empty.url);
      expect(none.status).toBe(503);
      expect(JSON.parse(none.text).error).toMatchObject({ code: 'no_endpoints', type: 'service_unavailable_error' });
      await using filtered = await rigOf({ filters: [nobody()] });
      const all = await send(filtered.url, { path: MESSAGES, body: chat({ max_tokens: 1 }) });
      expect(all.status).toBe(429);
      expect(JSON.parse(all.text)).toMatchObject({ type: 'error', error: { type: 'rate_limit_error' } });
    });

    test('removes what ends at this hop and what would steer routing', async () => {
      await using rig = await rigOf();
      const sent = send(rig.url, {
        headers: {
          connection: 'x-mine, keep-alive',
          'x-mine': '1',
          'keep-alive': 'timeout=9',
          te: 'trailers',
          'proxy-authorization': 'secret',
          'x-gateway-destination-endpoint': '10.0.0.1:80',
          'X-Prefiller-Host-Port': '10.0.0.1:80',
          'x-data-parallel-host-port': '10.0.0.1:80',
          authorization: 'Bearer key',
          'X-Custom': 'stays',
        },
      });
      const { request, response } = await rig.model.next();
      const names = Object.keys(request.headers);
      for (const gone of ['x-mine', 'te', 'proxy-authorization', 'keep-alive']) expect(names).not.toContain(gone);
      expect(names.filter((name) => /destination|prefiller|data-parallel/.test(name))).toEqual([]);
      expect(request.headers).toMatchObject({
        authorization: 'Bearer key',
        'x-custom': 'stays',
        host: rig.model.hostPort,
      });
      expect(request.rawHeaders).toContain('X-Custom');
      response.writeHead(200, ['Connection', 'x-theirs', 'x-theirs', '1', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']);
      response.end('{}');
      const answer = await sent;
      expect(answer.headers).not.toHaveProperty('x-theirs');
      expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    });

    test.each([204, 304])('passes a %i without a body', async (status) => {
      await using rig = await rigOf({ answer: ({ response }) => response.writeHead(status, { etag: '"1"' }).end() });
      const answer = await send(rig.url, { method: 'GET', path: '/v1/files/1' });
      expect([answer.status, answer.text, answer.headers.etag]).toEqual([status, '', '"1"']);
      expect(answer.headers).not.toHaveProperty('transfer-encoding');
      await rig.settled();
    });

    test('passes the answer to HEAD, which has a length but no body', async () => {
      await using rig = await rigOf({
        answer: ({ response }) => response.writeHead(200, { 'content-length': 42 }).end(),
      });
      const answer = await send(rig.url, { method: 'HEAD', path: '/v1/models' });
      expect([answer.status, answer.headers['content-length'], answer.text]).toEqual([200, '42', '']);
      await rig.settled();
    });

    test('keeps the connection after the answer to HEAD', async () => {
      await using rig = await rigOf({ answer: complete });
      await using raw = await RawConnection.open(rig.url);
      raw.write('HEAD /v1/models HTTP/1.1\r\nhost: a\r\n\r\n');
      await raw.until('\r\n\r\n');
      await rig.settled();
      // Whatever the framework does after the answer has its turn before the next request.
      await new Promise((resolve) => setImmediate(resolve));
      raw.write('GET /v1/models HTTP/1.1\r\nhost: a\r\n\r\n');
      await raw.until(COMPLETION);
    });

    test('passes trailers of a chunked answer', async () => {
      await using rig = await rigOf();
      const sent = send(rig.url);
      const { response } = await rig.model.next();
      response.writeHead(200, { trailer: 'x-checksum' });
      response.write('{}');
      response.addTrailers({ 'x-checksum': 'abc' });
      response.end();
      const answer = await sent;
      expect([answer.text, answer.trailers['x-checksum']]).toEqual(['{}', 'abc']);
    });

    test('answers requests that wait behind each other on one connection, in order', async () => {
      await using rig = await rigOf();
      await using raw = await RawConnection.open(rig.url);
      const one = (id: string) =>
        `POST ${CHAT} HTTP/1.1\r\nhost: a\r\nx-request-id: ${id}\r\ncontent-length: ${chat().length}\r\n\r\n${chat()}`;
      raw.write(one('r1') + one('r2'));
      const [first, second] = [await rig.model.next(), await rig.model.next()];
      const byId = (id: string) => (first.request.headers['x-request-id'] === id ? first : second);
      byId('r2').response.end('second');
      byId('r1').response.end('first!');
      const text = await raw.until('second');
      expect(text.indexOf('first!')).toBeGreaterThan(0);
      expect(text.indexOf('first!')).toBeLessThan(text.indexOf('second'));
      await rig.settled();
    });

    test('lets a client wait for 100 Continue', async () => {
      await using rig = await rigOf({ answer: complete });
      await using raw = await RawConnection.open(rig.url);
      raw.write(`POST ${CHAT} HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: ${chat().length}\r\n\r\n`);
      await raw.until('HTTP/1.1 100 Continue\r\n\r\n');
      raw.write(chat());
      await raw.until(COMPLETION);
    });

    test('refuses a WebSocket, and ignores other protocols that are offered', async () => {
      await using rig = await rigOf({ answer: complete });
      await using raw = await RawConnection.open(rig.url);
      raw.write(`GET /v1/realtime HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n`);
      const refused = await raw.until('upgrade_not_supported');
      expect(refused).toMatch(/^HTTP\/1\.1 501 /);
      await using other = await RawConnection.open(rig.url);
      other.write(`GET /v1/models HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: h2c\r\n\r\n`);
      expect(await other.until(COMPLETION)).toMatch(/^HTTP\/1\.1 200 /);
    });

    test('answers its probes', async () => {
      await using rig = await rigOf();
      const live = await send(rig.url, { method: 'GET', path: '/healthz' });
      expect([live.status, live.text]).toEqual([200, 'ok\n']);
      expect((await send(rig.url, { method: 'GET', path: '/readyz' })).status).toBe(200);
      rig.gateway.drain();
      const draining = await send(rig.url, { method: 'GET', path: '/readyz' });
      expect([draining.status, draining.text]).toEqual([503, 'shutting down\n']);
      expect((await send(rig.url, { method: 'GET', path: '/healthz' })).status).toBe(200);
    });

    test('finishes what runs and refuses what is new when it closes', async () => {
      await using rig = await rigOf();
      await using raw = await RawConnection.open(rig.url);
      raw.write(`GET /v1/models HTTP/1.1\r\nhost: a\r\n\r\n`);
      const upstream = await rig.model.next();
      const closing = rig.gateway.close();
      upstream.response.end('models');
      await raw.until('models');
      await closing;
      expect(rig.gateway.openRequests).toBe(0);
      raw.write(`GET /v1/models HTTP/1.1\r\nhost: a\r\n\r\n`);
      const text = await raw.until('shutting_down');
      expect(text).toContain('HTTP/1.1 503 ');
      await raw.closed;
    });

    testEvictions(entry);
  });
}

import { createScheduler, type EndpointSink, staticEndpoints } from '@pointsman/core';
import { expect, test } from 'vitest';
import { createGatewayServer } from '../src/server/gateway-server.ts';
import { createRig } from './rig/create-rig.ts';
import { inOrderPicker } from './rig/in-order-picker.ts';
import { ModelServer } from './rig/model-server.ts';
import { RawConnection } from './rig/raw-connection.ts';
import { answered, chat, open, send } from './rig/send.ts';

const picker = inOrderPicker();

test('is ready only when the scheduler has started and knows an endpoint', async () => {
  await using model = await ModelServer.start();
  let sink: EndpointSink | undefined;
  let begin = () => {};
  const source = {
    start: (given: EndpointSink) => {
      sink = given;
      return new Promise<void>((resolve) => {
        begin = resolve;
      });
    },
  };
  await using scheduler = createScheduler({ endpoints: source, profiles: { default: { picker } } });
  const server = createGatewayServer({ scheduler });
  const listening = server.listen({ host: '127.0.0.1' });
  while (!server.server.listening) await new Promise((resolve) => setImmediate(resolve));
  const { port } = server.server.address() as { port: number };
  const ready = () => send(`http://127.0.0.1:${port}`, { method: 'GET', path: '/readyz' });
  expect([(await ready()).status, (await ready()).text]).toEqual([503, 'not started\n']);
  expect((await send(`http://127.0.0.1:${port}`, { method: 'GET', path: '/healthz' })).status).toBe(200);
  begin();
  await listening;
  expect((await ready()).text).toBe('no endpoints\n');
  sink!.replaceAll(staticEndpoints([model.url]));
  expect((await ready()).status).toBe(200);
  await server.close();
});

test('stops to listen again when the scheduler does not start', async () => {
  const source = { start: () => Promise.reject(new Error('no such file')) };
  await using scheduler = createScheduler({ endpoints: source, profiles: { default: { picker } } });
  const server = createGatewayServer({ scheduler });
  await expect(server.listen({ host: '127.0.0.1' })).rejects.toThrow('no such file');
  expect(server.server.listening).toBe(false);
  await server.close();
});

test('fails to listen on a port that is taken', async () => {
  await using model = await ModelServer.start();
  await using scheduler = createScheduler({
    endpoints: staticEndpoints([model.url]),
    profiles: { default: { picker } },
  });
  const server = createGatewayServer({ scheduler });
  const port = Number(new URL(model.url).port);
  await expect(server.listen({ host: '127.0.0.1', port })).rejects.toThrow('EADDRINUSE');
});

test('lets a stream end before it closes, and takes no new connection', async () => {
  await using model = await ModelServer.start();
  await using scheduler = createScheduler({
    endpoints: staticEndpoints([model.url]),
    profiles: { default: { picker } },
  });
  const server = createGatewayServer({ scheduler });
  const { url } = await server.listen({ host: '127.0.0.1' });
  await using idle = await RawConnection.open(url);
  const { response } = open(url, { body: chat({ stream: true }) });
  const upstream = await model.next();
  upstream.response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
  const message = await response;
  const closing = server.close();
  await expect(RawConnection.open(url)).rejects.toThrow('ECONNREFUSED');
  // A connection that has never carried a request is nobody's answer.
  await idle.closed;
  upstream.response.end('data: 2\n\n');
  expect((await answered(message)).text).toBe('data: 1\n\ndata: 2\n\n');
  await closing;
  expect(server.gateway.openRequests).toBe(0);
});

test('cuts off what has not ended when the time is up', async () => {
  await using rig = await createRig();
  const streaming = open(rig.url, { body: chat({ stream: true }) });
  const first = await rig.model.next();
  first.response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
  const message = await streaming.response;
  const waiting = send(rig.url);
  const second = await rig.model.next();
  await using incomplete = await RawConnection.open(rig.url);
  incomplete.write('POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{');
  while (rig.gateway.openRequests < 3) await new Promise((resolve) => setImmediate(resolve));
  await rig.gateway.close({ graceMs: 10 });
  expect(rig.pool.openCalls).toBe(0);
  expect(rig.gateway.openRequests).toBe(0);
  await expect(answered(message)).rejects.toThrow('aborted');
  const refused = await waiting;
  expect([refused.status, JSON.parse(refused.text).error.code]).toEqual([503, 'shutting_down']);
  expect(await incomplete.until('shutting_down')).toMatch(/^HTTP\/1\.1 503 /);
  await Promise.all([first.closed, second.closed]);
  expect(rig.pool.recent().map(({ outcome }) => outcome?.status)).toEqual(['shutdown', 'shutdown']);
});

test('an endpoint that is taken out finishes what runs on it', async () => {
  await using rig = await createRig({ models: 2 });
  const sent = send(rig.url);
  const upstream = await rig.model.next();
  rig.pool.setEndpoints(staticEndpoints([rig.models[1]!.url]));
  upstream.response.end('finished');
  expect((await sent).text).toBe('finished');
  rig.models[1]!.answer = ({ response }) => response.end('other');
  expect((await send(rig.url)).text).toBe('other');
  await rig.settled();
});

test('a scheduler that is closed meanwhile answers with its own error', async () => {
  await using rig = await createRig();
  await rig.scheduler.close();
  const answer = await send(rig.url);
  expect([answer.status, JSON.parse(answer.text).error.code]).toEqual([503, 'closed']);
});

import { expect, test } from 'vitest';
import { createRig } from './rig/create-rig.ts';
import type { Answer } from './rig/model-server.ts';
import { RawModel } from './rig/raw-model.ts';
import { answered, CHAT, chat, MESSAGES, open, send } from './rig/send.ts';
import { unusedPort } from './rig/unused-port.ts';

const ok: Answer = ({ response }) => response.end('{}');
const closes: Answer = ({ request }) => request.socket.destroy();
const overloaded: Answer = ({ response }) =>
  response.writeHead(503, { 'content-type': 'application/json' }).end('{"busy":1}');

async function deadEndpoints(count: number): Promise<string[]> {
  const ports = await Promise.all(Array.from({ length: count }, unusedPort));
  return ports.map((port) => `http://127.0.0.1:${port}`);
}

test('tries as many further endpoints as it may, and no more', async () => {
  await using enough = await createRig({ before: await deadEndpoints(2), answer: ok });
  expect((await send(enough.url)).status).toBe(200);
  await using tooFew = await createRig({ before: await deadEndpoints(3), answer: ok });
  expect((await send(tooFew.url)).status).toBe(502);
  expect(tooFew.model.count).toBe(0);
  await tooFew.settled();
});

test('shows in the explanation whom it left, and why', async () => {
  const dead = await deadEndpoints(1);
  await using rig = await createRig({ before: dead, answer: ok });
  const retried: string[] = [];
  rig.scheduler.on('retried', ({ from, why }) => retried.push(`${from.origin} ${why}`));
  await send(rig.url);
  expect(retried).toEqual([`${dead[0]} connect: ECONNREFUSED`]);
  expect(JSON.stringify(rig.pool.recent()[0])).toContain('connect: ECONNREFUSED');
});

test('asks each endpoint once when statuses are retried, and gives the last answer to the client', async () => {
  await using rig = await createRig({ models: 4, answer: overloaded });
  const answer = await send(rig.url);
  expect([answer.status, answer.text]).toEqual([503, '{"busy":1}']);
  expect(rig.models.map(({ count }) => count)).toEqual([1, 1, 1, 0]);
  await rig.settled();
  rig.models[1]!.answer = ok;
  expect((await send(rig.url)).status).toBe(200);
  expect(rig.models.map(({ count }) => count)).toEqual([2, 2, 1, 0]);
});

test('retries other statuses only when told so', async () => {
  await using rig = await createRig({ models: 2, answer: ({ response }) => response.writeHead(500).end() });
  expect((await send(rig.url)).status).toBe(500);
  expect(rig.models[1]!.count).toBe(0);
  await using told = await createRig({
    models: 2,
    answer: ({ response }) => response.writeHead(500).end(),
    retry: { statuses: [500] },
  });
  told.models[1]!.answer = ok;
  expect((await send(told.url)).status).toBe(200);
});

test('leaves an endpoint that does not answer in time only when told so: it has cost too much already', async () => {
  await using alone = await createRig({ models: 2, timeouts: { headersMs: 50 } });
  const refused = send(alone.url);
  await alone.model.next();
  expect((await refused).status).toBe(504);
  expect(alone.models.map(({ count }) => count)).toEqual([1, 0]);
  await using rig = await createRig({ models: 2, timeouts: { headersMs: 50 }, retry: { on: ['timeout'] } });
  const sent = send(rig.url);
  const hanging = await rig.model.next();
  const asked = await rig.models[1]!.next();
  asked.response.end('{}');
  // Whether that is in time is up to the machine.
  expect([200, 504]).toContain((await sent).status);
  await Promise.all([hanging.closed, asked.closed]);
  await rig.settled();
});

test('does not try again once the answer has begun', async () => {
  await using rig = await createRig({ models: 2 });
  const { response } = open(rig.url, { body: chat() });
  const upstream = await rig.model.next();
  upstream.response.writeHead(200, { 'content-length': 10 });
  upstream.response.flushHeaders();
  const message = await response;
  rig.model.crash();
  await expect(answered(message)).rejects.toThrow('aborted');
  expect(rig.models[1]!.count).toBe(0);
});

test('sends what is not inference again only if the model server cannot have seen it', async () => {
  await using rig = await createRig({ models: 2, answer: closes });
  expect((await send(rig.url, { path: '/v1/files', body: 'data' })).status).toBe(502);
  expect(
    (
      await send(rig.url, {
        path: '/v1/conversations',
        body: '{"items":[{"type":"message","role":"user","content":"a"}]}',
      })
    ).status,
  ).toBe(502);
  expect(rig.models[1]!.count).toBe(0);
  rig.models[1]!.answer = ok;
  expect((await send(rig.url, { method: 'GET', path: '/v1/models' })).status).toBe(200);
  await using dead = await createRig({ before: await deadEndpoints(1), answer: ok });
  expect((await send(dead.url, { path: '/v1/files', body: 'data' })).status).toBe(200);
});

test.each([CHAT, MESSAGES, '/v1/completions'])('sends the whole body of %s again', async (path) => {
  await using rig = await createRig({ models: 2, answer: closes });
  const body = chat({ prompt: 'x'.repeat(100_000), max_tokens: 1 });
  let received: Buffer | undefined;
  rig.models[1]!.answer = (one) => {
    received = one.body;
    ok(one);
  };
  expect((await send(rig.url, { path, body })).status).toBe(200);
  expect(received?.toString()).toBe(body);
});

test('tries a kept-alive connection that was closed just now once more on the same endpoint', async () => {
  await using model = await RawModel.start((socket, count) => {
    // The second request meets a server that has just given the idle connection up.
    if (count === 2) socket.destroy();
    else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
  });
  await using rig = await createRig({ before: [model.url], answer: ok, retry: { attempts: 1 } });
  const first = await send(rig.url);
  const second = await send(rig.url);
  expect([first.status, second.status]).toEqual([200, 200]);
  expect(second.headers['x-pointsman-endpoint']).toBe(first.headers['x-pointsman-endpoint']);
  expect(model.count).toBe(3);
  expect(rig.model.count).toBe(0);
});

test('does not repeat a request on an endpoint that closes new connections', async () => {
  await using rig = await createRig({ models: 2, answer: closes });
  rig.models[1]!.answer = ok;
  expect((await send(rig.url)).status).toBe(200);
  expect(rig.models.map(({ count }) => count)).toEqual([1, 1]);
});

test('tries a connection that was reset once more, because nobody can tell whether it was an idle one', async () => {
  await using model = await RawModel.start((socket) => socket.resetAndDestroy());
  await using rig = await createRig({ before: [model.url], answer: ok });
  expect((await send(rig.url)).status).toBe(200);
  expect([model.count, rig.model.count]).toEqual([2, 1]);
});

test('stops to retry when the budget is used up', async () => {
  await using rig = await createRig({
    models: 2,
    answer: overloaded,
    retry: { budget: { ratio: 0.5, minPerSecond: 0 } },
  });
  rig.models[1]!.answer = ok;
  const statuses: number[] = [];
  for (let i = 0; i < 6; i++) statuses.push((await send(rig.url)).status);
  // Two requests pay for one retry.
  expect(statuses).toEqual([503, 200, 503, 200, 503, 200]);
});

test('does not retry when it is switched off', async () => {
  await using rig = await createRig({ before: await deadEndpoints(1), answer: ok, retry: false });
  expect((await send(rig.url)).status).toBe(502);
  await using some = await createRig({ before: await deadEndpoints(1), answer: ok, retry: { on: ['closed'] } });
  expect((await send(some.url)).status).toBe(502);
});

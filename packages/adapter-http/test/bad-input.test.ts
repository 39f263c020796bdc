import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { createGateway } from '../src/gateway/create-gateway.ts';
import type { GatewayOptions } from '../src/gateway/gateway-options.ts';
import { createRig } from './rig/create-rig.ts';
import { type Answer, ModelServer } from './rig/model-server.ts';
import { RawConnection } from './rig/raw-connection.ts';
import { CHAT, chat, MESSAGES, open, send } from './rig/send.ts';

const ok: Answer = ({ response }) => response.end('{}');

const APIS = {
  completions: { path: '/v1/completions', body: { model: 'm', prompt: 'Hello' }, wrong: { prompt: 5 } },
  chat: {
    path: CHAT,
    body: { model: 'm', messages: [{ role: 'user', content: 'Hello' }] },
    wrong: { messages: 'Hello' },
  },
  responses: { path: '/v1/responses', body: { model: 'm', input: 'Hello' }, wrong: { input: null } },
  embeddings: { path: '/v1/embeddings', body: { model: 'm', input: 'Hello' }, wrong: { input: { a: 1 } } },
  messages: {
    path: MESSAGES,
    body: { model: 'm', max_tokens: 5, messages: [{ role: 'user', content: 'Hello' }] },
    wrong: { messages: 'Hello' },
  },
};

/** Checks that a text is an error of the API behind a path. */
function expectErrorOf(path: string, text: string): void {
  const body = JSON.parse(text);
  if (path === MESSAGES)
    expect(body).toEqual({ type: 'error', error: { type: expect.any(String), message: expect.any(String) } });
  else
    expect(body).toEqual({ error: expect.objectContaining({ message: expect.any(String), type: expect.any(String) }) });
}

describe.each(Object.entries(APIS))('a request to %s', (_name, { path, body, wrong }) => {
  const whole = Buffer.from(JSON.stringify(body));
  const cases: Record<string, Buffer> = {
    'is no JSON': Buffer.from('model=m&prompt=Hello'),
    'is empty': Buffer.alloc(0),
    'is no object': Buffer.from('[1,2,3]'),
    'is cut off': whole.subarray(0, whole.length - 3),
    'has a field of the wrong type': Buffer.from(JSON.stringify({ ...body, ...wrong })),
    'is not UTF-8': Buffer.concat([whole.subarray(0, -2), Buffer.from([0xc3, 0x28]), whole.subarray(-2)]),
    'is compressed with nothing to say so': Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]),
  };
  test.each(Object.entries(cases))('that %s gets 400', async (_case, bytes) => {
    await using rig = await createRig({ answer: ok });
    const answer = await send(rig.url, { path, body: bytes });
    expect(answer.status).toBe(400);
    expectErrorOf(path, answer.text);
    expect(rig.model.count).toBe(0);
    // The connection was not harmed, and nothing is left behind.
    expect((await send(rig.url, { path, body: whole })).status).toBe(200);
    await rig.settled();
  });

  test('that is compressed gets 415', async () => {
    await using rig = await createRig({ answer: ok });
    const answer = await send(rig.url, { path, body: whole, headers: { 'content-encoding': 'gzip' } });
    expect(answer.status).toBe(415);
    expectErrorOf(path, answer.text);
  });

  test('passes duplicate keys on as they are, and is placed by the last', async () => {
    await using rig = await createRig();
    const bytes = Buffer.from(`{"model":"first",${JSON.stringify(body).slice(1, -1)},"model":"last"}`);
    const sent = send(rig.url, { path, body: bytes });
    const received = await rig.model.next();
    expect(received.body).toEqual(bytes);
    received.response.end('{}');
    await sent;
    expect(rig.pool.recent()[0]?.model).toBe('last');
  });

  test('passes on what is nested 10,000 deep', async () => {
    await using rig = await createRig();
    const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`;
    const bytes = Buffer.from(`${JSON.stringify(body).slice(0, -1)},"metadata":${deep}}`);
    const sent = send(rig.url, { path, body: bytes });
    const received = await rig.model.next();
    expect(received.body.equals(bytes)).toBe(true);
    received.response.end('{}');
    expect((await sent).status).toBe(200);
  });
});

test('a body nested a million deep costs one request, not the process', async () => {
  await using rig = await createRig({ answer: ok });
  const answer = await send(rig.url, { body: `{"model":"m","messages":${'['.repeat(1_000_000)}` });
  expect(answer.status).toBe(400);
  expect((await send(rig.url)).status).toBe(200);
});

test.each(['with a length', 'without a length'])('a body of 100 MB %s gets 413 before it is whole', async (how) => {
  await using rig = await createRig({ answer: ok });
  const size = 100 * 1024 * 1024;
  const { request, response } = open(
    rig.url,
    how === 'with a length' ? { headers: { 'content-length': `${size}` } } : {},
  );
  const piece = Buffer.alloc(1024 * 1024, 0x20);
  let hasAnswer = false;
  let sent = 0;
  const answer = response.then((message) => {
    hasAnswer = true;
    return message;
  });
  while (!hasAnswer && sent < size) {
    sent += piece.length;
    if (!request.write(piece)) await Promise.race([once(request, 'drain'), answer]);
  }
  const message = await answer;
  expect(message.statusCode).toBe(413);
  expect(sent).toBeLessThan(size);
  request.destroy();
  await rig.settled();
  expect(rig.model.count).toBe(0);
});

test('a body over the limit is refused before it is sent when the client asks first', async () => {
  await using rig = await createRig({ limits: { bodyBytes: 10 }, answer: ok });
  await using raw = await RawConnection.open(rig.url);
  raw.write(`POST ${CHAT} HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 1000\r\n\r\n`);
  const text = await raw.until('body_too_large');
  expect(text).toMatch(/^HTTP\/1\.1 413 /);
});

test('a request that ends before its body does gets 400', async () => {
  await using rig = await createRig({ answer: ok });
  await using raw = await RawConnection.open(rig.url);
  raw.write(`POST ${CHAT} HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n${chat()}`);
  raw.socket.end();
  const text = await raw.whole();
  expect(text).toMatch(/^HTTP\/1\.1 400 /);
  expectErrorOf(CHAT, text.split('\r\n\r\n')[1]!);
  await rig.settled();
  expect(rig.model.count).toBe(0);
});

test('a client that leaves in the middle of its body leaves nothing behind', async () => {
  await using rig = await createRig({ answer: ok });
  await using raw = await RawConnection.open(rig.url);
  raw.write(`POST ${CHAT} HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n{`);
  while (rig.gateway.openRequests === 0) await new Promise((resolve) => setImmediate(resolve));
  raw.socket.resetAndDestroy();
  await rig.settled();
  expect(rig.model.count).toBe(0);
});

test('headers that are too long get 431', async () => {
  await using rig = await createRig({ answer: ok });
  await using raw = await RawConnection.open(rig.url);
  raw.write(`POST ${CHAT} HTTP/1.1\r\nhost: a\r\nx-huge: ${'x'.repeat(64 * 1024)}\r\n\r\n`);
  const text = await raw.until('headers_too_large');
  expect(text).toMatch(/^HTTP\/1\.1 431 /);
  expectErrorOf(CHAT, text.split('\r\n\r\n')[1]!);
});

test.each([
  ['no HTTP', 'hello\r\n\r\n'],
  ['two lengths', `POST ${CHAT} HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab`],
  [
    'a length and chunks',
    `POST ${CHAT} HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\na`,
  ],
  ['chunks that are none', `POST ${CHAT} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzzz\r\n`],
])('%s gets 400', async (_what, bytes) => {
  await using rig = await createRig({ answer: ok });
  await using raw = await RawConnection.open(rig.url);
  raw.write(bytes);
  expect(await raw.until('invalid_http')).toMatch(/^HTTP\/1\.1 400 /);
  await rig.settled();
  expect(rig.model.count).toBe(0);
});

test('a target that cannot be sent on gets 400', async () => {
  await using rig = await createRig({ answer: ok });
  await using raw = await RawConnection.open(rig.url);
  raw.write('OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n');
  expect(await raw.until('invalid_request_target')).toMatch(/^HTTP\/1\.1 400 /);
  await rig.settled();
});

test('options that would fail in the middle of a request fail at once', async () => {
  await using model = await ModelServer.start();
  await using rig = await createRig({ before: [model.url] });
  const wrong: Omit<GatewayOptions, 'scheduler'>[] = [
    { timeouts: { headersMs: 0.5 } },
    { timeouts: { idleMs: -1 } },
    { timeouts: { connectMs: Number.POSITIVE_INFINITY } },
    { limits: { bodyBytes: Number.NaN } },
    { retry: { attempts: 1.5 } },
    { retry: { statuses: [200] } },
    { retry: { budget: { ratio: -1 } } },
    { upstream: { connections: 0 } },
    { health: { livePath: 'healthz' } },
  ];
  for (const options of wrong) {
    const name = Object.keys(options)[0]!;
    expect(() => createGateway({ ...options, scheduler: rig.scheduler })).toThrow(
      new RegExp(`^${name}\\..* of the gateway must be`),
    );
  }
});

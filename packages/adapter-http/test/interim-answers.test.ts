import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { createRig } from './rig/create-rig.ts';
import type { Answer } from './rig/model-server.ts';
import { RawConnection } from './rig/raw-connection.ts';
import { RawModel } from './rig/raw-model.ts';
import { answered, CHAT, chat, open, send } from './rig/send.ts';

const HINTS = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}';
const ok: Answer = ({ response }) => response.end('{}');

describe('interim answers of a model server', () => {
  test('stay at this hop, but for early hints', async () => {
    await using model = await RawModel.start((socket) =>
      socket.write(`${HINTS}HTTP/1.1 102 Processing\r\n\r\n${HINTS.repeat(100)}${OK}`),
    );
    await using rig = await createRig({ models: 0, before: [model.url] });
    const { request, response } = open(rig.url, { body: chat() });
    const interim: unknown[] = [];
    request.on('information', ({ statusCode, headers }) => interim.push(statusCode, headers.link));
    const answer = await answered(await response);
    expect([answer.status, answer.text, answer.headers.link]).toEqual([200, '{}', undefined]);
    expect(interim).toEqual(Array.from({ length: 101 }, () => [103, '</a>']).flat());
    await rig.settled();
    expect(rig.pool.recent()[0]?.outcome).toMatchObject({ status: 'ok', httpStatus: 200 });
  });

  test('reach the client before there is an answer', async () => {
    let answer = () => {};
    await using model = await RawModel.start((socket) => {
      socket.write(
        'HTTP/1.1 103 Early Hints\r\nlink: </a,b>; rel=preload, </c>; rel="preload"\r\nlink: </d>\r\n' +
          'x-more: 1\r\nconnection: x-mine\r\nx-mine: 1\r\ncontent-length: 5\r\n\r\n',
      );
      answer = () => void socket.write(OK);
    });
    await using rig = await createRig({ models: 0, before: [model.url] });
    const { request, response } = open(rig.url, { body: chat() });
    const [{ statusCode, headers }] = await once(request, 'information');
    expect([statusCode, headers]).toEqual([
      103,
      { link: '</a,b>; rel=preload, </c>; rel="preload", </d>', 'x-more': '1' },
    ]);
    answer();
    expect((await answered(await response)).text).toBe('{}');
  });

  test.each([
    ['for HTTP/1.0', '1.0', HINTS],
    ['without a link', '1.1', 'HTTP/1.1 103 Early Hints\r\nx: y\r\n\r\n'],
    ['with what is no link', '1.1', 'HTTP/1.1 103 Early Hints\r\nlink: nonsense\r\n\r\n'],
  ])('%s end at this hop', async (_which, version, hints) => {
    await using model = await RawModel.start((socket) => socket.write(hints + OK));
    await using rig = await createRig({ models: 0, before: [model.url] });
    await using raw = await RawConnection.open(rig.url);
    raw.write(`POST ${CHAT} HTTP/${version}\r\nhost: a\r\ncontent-length: ${chat().length}\r\n\r\n${chat()}`);
    expect(await raw.until('{}')).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('may come in pieces, and leave the connection fit for the next request', async () => {
    await using model = await RawModel.start((socket) => {
      const pieces = [HINTS.slice(0, 9), HINTS.slice(9) + OK.slice(0, 30), OK.slice(30)];
      const next = () => {
        const piece = pieces.shift();
        if (piece !== undefined) socket.write(piece, () => setImmediate(next));
      };
      next();
    });
    await using rig = await createRig({ models: 0, before: [model.url] });
    for (let i = 0; i < 2; i++) expect((await send(rig.url)).text).toBe('{}');
    expect(model.count).toBe(2);
  });

  test('do not keep a request from being tried elsewhere', async () => {
    await using model = await RawModel.start((socket) =>
      socket.write(`${HINTS}HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n`),
    );
    await using rig = await createRig({ before: [model.url], answer: ok });
    expect((await send(rig.url)).status).toBe(200);
    expect([model.count, rig.model.count]).toEqual([1, 1]);
  });

  test('are no answer', async () => {
    await using model = await RawModel.start((socket) => socket.write(HINTS));
    await using rig = await createRig({ models: 0, before: [model.url], timeouts: { headersMs: 50 }, retry: false });
    const answer = await send(rig.url);
    expect([answer.status, JSON.parse(answer.text).error.code]).toEqual([504, 'upstream_timeout']);
    await rig.settled();
  });

  // The HTTP client takes them for a broken answer, because nobody asked for them.
  test.each(['100 Continue', '101 Switching Protocols'])(
    'of %s end the connection, and the request goes elsewhere',
    async (status) => {
      await using model = await RawModel.start((socket) => socket.write(`HTTP/1.1 ${status}\r\n\r\n${OK}`));
      await using alone = await createRig({ models: 0, before: [model.url] });
      const answer = await send(alone.url);
      expect([answer.status, JSON.parse(answer.text).error.code]).toEqual([502, 'upstream_closed']);
      await alone.settled();
      await using rig = await createRig({ before: [model.url], answer: ok });
      expect((await send(rig.url)).status).toBe(200);
      await rig.settled();
    },
  );
});

describe('a client that asks before it sends its body', () => {
  const head = (more = '') => `POST ${CHAT} HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\n${more}`;

  test('is told to go on, then answered; the model server is not asked', async () => {
    await using rig = await createRig();
    await using raw = await RawConnection.open(rig.url);
    for (let i = 1; i <= 2; i++) {
      raw.write(head(`content-length: ${chat().length}\r\n\r\n`));
      await raw.until(`${i === 1 ? '' : 'answer 1'}HTTP/1.1 100 Continue\r\n\r\n`);
      expect(rig.model.count).toBe(i - 1);
      raw.write(chat());
      const { request, response, body } = await rig.model.next();
      expect(body.toString()).toBe(chat());
      expect(request.headers).not.toHaveProperty('expect');
      response.end(`answer ${i}`);
      await raw.until(`answer ${i}`);
    }
    expect(raw.received.match(/HTTP\/1\.1 100 Continue\r\n\r\n/g)).toHaveLength(2);
    expect(rig.model.connections).toBe(1);
  });

  test('may send it in chunks', async () => {
    await using rig = await createRig({ answer: ok });
    await using raw = await RawConnection.open(rig.url);
    raw.write(head('transfer-encoding: chunked\r\n\r\n'));
    await raw.until('HTTP/1.1 100 Continue\r\n\r\n');
    raw.write(`${chat().length.toString(16)}\r\n${chat()}\r\n0\r\n\r\n`);
    expect(await raw.until('{}')).toContain('HTTP/1.1 200 OK\r\n');
  });

  test('need not wait', async () => {
    await using rig = await createRig({ answer: ok });
    await using raw = await RawConnection.open(rig.url);
    raw.write(head(`content-length: ${chat().length}\r\n\r\n${chat()}`));
    expect(await raw.until('{}')).toContain('HTTP/1.1 200 OK\r\n');
  });

  test('may leave instead', async () => {
    await using rig = await createRig({ answer: ok });
    await using raw = await RawConnection.open(rig.url);
    raw.write(head('content-length: 1000\r\n\r\n'));
    await raw.until('HTTP/1.1 100 Continue\r\n\r\n');
    raw.socket.resetAndDestroy();
    await rig.settled();
    expect(rig.model.count).toBe(0);
  });

  test('is not told so over HTTP/1.0, which has no interim answers', async () => {
    await using rig = await createRig({ answer: ok });
    await using raw = await RawConnection.open(rig.url);
    raw.write(head(`content-length: ${chat().length}\r\n\r\n${chat()}`).replace('HTTP/1.1', 'HTTP/1.0'));
    expect(await raw.whole()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  test('for anything else gets 417', async () => {
    await using rig = await createRig({ answer: ok });
    await using raw = await RawConnection.open(rig.url);
    raw.write(`POST ${CHAT} HTTP/1.1\r\nhost: a\r\nexpect: miracles\r\ncontent-length: 0\r\n\r\n`);
    expect(await raw.until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 417 /);
    expect(rig.model.count).toBe(0);
  });
});

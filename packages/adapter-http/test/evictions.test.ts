import { once } from 'node:events';
import { definePlugin, type Progress } from '@pointsman/core';
import { expect, test } from 'vitest';
import { createRig } from './rig/create-rig.ts';
import { createEvictor, ROOM } from './rig/evictor.ts';
import { RawConnection } from './rig/raw-connection.ts';
import { answered, CHAT, chat, open, send } from './rig/send.ts';

const post = (version: string) =>
  `POST ${CHAT} HTTP/${version}\r\nhost: a\r\ncontent-length: ${chat().length}\r\n\r\n${chat()}`;

test('an HTTP/1.0 client sees that its answer was cut off', async () => {
  const evictor = createEvictor();
  await using rig = await createRig({ plugins: [evictor.plugin] });
  await using raw = await RawConnection.open(rig.url);
  raw.write(post('1.0'));
  const { response } = await rig.model.next();
  response.write('one,');
  await raw.until('one,');
  const failed = once(raw.socket, 'error');
  expect(evictor.evict()).toBe(true);
  expect(await failed).toMatchObject([{ code: 'ECONNRESET' }]);
});

test('an answer with a length ends before it', async () => {
  const evictor = createEvictor();
  await using rig = await createRig({ plugins: [evictor.plugin] });
  const { response } = open(rig.url, { body: chat() });
  const upstream = await rig.model.next();
  upstream.response.writeHead(200, { 'content-length': 10 }).write('begun');
  const message = await response;
  expect(evictor.evict()).toBe(true);
  await expect(answered(message)).rejects.toThrow('aborted');
});

test('the connection serves on, and answers stay in order', async () => {
  const evictor = createEvictor();
  await using rig = await createRig({ plugins: [evictor.plugin] });
  await using raw = await RawConnection.open(rig.url);
  raw.write(post('1.1'));
  const first = await rig.model.next();
  raw.write(post('1.1'));
  const second = await rig.model.next();
  expect(evictor.evict()).toBe(true);
  await second.closed;
  first.response.end('the first');
  const text = await raw.until('others need the room');
  expect(text.indexOf('the first')).toBeLessThan(text.indexOf('HTTP/1.1 429 '));
  raw.write(post('1.1'));
  (await rig.model.next()).response.end('the third');
  await raw.until('the third');
  await rig.settled();
  expect(
    rig.pool
      .recent()
      .map(({ outcome }) => outcome?.status)
      .sort(),
  ).toEqual(['evicted', 'ok', 'ok']);
});

test('an answer that is whole is not taken back', async () => {
  const evictor = createEvictor();
  await using rig = await createRig({ plugins: [evictor.plugin], answer: ({ response }) => response.end('{}') });
  expect((await send(rig.url)).status).toBe(200);
  await rig.settled();
  expect(evictor.evict()).toBe(false);
});

test.each<[Progress['kind'], string | number]>([
  ['headers', 429],
  ['first-token', 'aborted'],
  ['tokens', 'aborted'],
  ['complete', 200],
])('a plugin may give a call up when it hears of: %s', async (kind, expected) => {
  const hasty = definePlugin({
    type: 'hasty',
    create: () => {
      let evict = (): unknown => undefined;
      return {
        postChoice(_cycle, draft) {
          evict = () => draft.evict(ROOM);
        },
        progress(_cycle, _decision, progress) {
          if (progress.kind === kind) evict();
        },
      };
    },
  });
  const completed: number[] = [];
  await using rig = await createRig({
    plugins: [hasty()],
    onComplete: ({ httpStatus }) => completed.push(httpStatus),
    answer: ({ response }) =>
      response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        // Where nothing else ends the event, the end of the answer does.
        .end(`data: {"choices":[{"delta":{"content":"a"}}]}${kind === 'tokens' ? '\n\n' : ''}`),
  });
  const outcome = await send(rig.url, { body: chat({ stream: true }) }).then(
    ({ status }) => status,
    (error: Error) => error.message,
  );
  await rig.settled();
  expect(outcome).toBe(expected);
  expect(completed).toEqual(expected === 200 ? [200] : []);
  expect(rig.pool.recent()[0]?.outcome?.status).toBe(expected === 200 ? 'ok' : 'evicted');
});

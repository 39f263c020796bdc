import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { createRig, type Rig, type RigOptions } from './rig/create-rig.ts';
import type { EntryPoint } from './rig/entry-point.ts';
import { createEvictor } from './rig/evictor.ts';
import { fullBacklog } from './rig/full-backlog.ts';
import { RawConnection } from './rig/raw-connection.ts';
import { RawModel } from './rig/raw-model.ts';
import { type Answered, answered, CHAT, chat, MESSAGES, open, send } from './rig/send.ts';
import { unusedPort } from './rig/unused-port.ts';

const MB = 1024 * 1024;

function expectTold({ status, headers, text }: Answered): void {
  expect(status).toBe(429);
  expect(headers).toMatchObject({
    'retry-after': '2',
    'retry-after-ms': '1500',
    'x-llm-d-request-dropped-reason': 'evicted',
    'x-pointsman-decision': expect.stringMatching(/^default:/),
  });
  expect(JSON.parse(text).error.message).toBe('others need the room');
}

async function expectEvicted(rig: Rig): Promise<void> {
  await rig.settled();
  expect(rig.pool.recent()[0]?.outcome).toMatchObject({ status: 'evicted' });
}

/** What every entry point does with a call that a plugin gives up. */
export function testEvictions(entry: EntryPoint): void {
  const evictor = createEvictor();
  const rigOf = (options: RigOptions = {}) => createRig({ entry, models: 2, plugins: [evictor.plugin], ...options });

  test('tells the client when a plugin gives its request up, and asks nobody else', async () => {
    await using rig = await rigOf();
    for (const path of [CHAT, MESSAGES]) {
      const sent = send(rig.url, { path, body: chat({ max_tokens: 1 }) });
      const upstream = await rig.model.next();
      expect(evictor.evict()).toBe(true);
      await upstream.closed;
      const answer = await sent;
      expectTold(answer);
      if (path === MESSAGES) expect(JSON.parse(answer.text).error.type).toBe('rate_limit_error');
      else expect(JSON.parse(answer.text).error.code).toBe('rejected');
      await expectEvicted(rig);
    }
    expect(rig.models.map(({ count }) => count)).toEqual([2, 0]);
  });

  test('cuts off the answer of a request that is given up', async () => {
    await using rig = await rigOf();
    const { response } = open(rig.url, { body: chat({ stream: true }) });
    const upstream = await rig.model.next();
    upstream.response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {"a":1}\n\n');
    const message = await response;
    expect(String((await once(message, 'data'))[0])).toBe('data: {"a":1}\n\n');
    expect(evictor.evict()).toBe(true);
    await expect(answered(message)).rejects.toThrow('aborted');
    await upstream.closed;
    await expectEvicted(rig);
    expect(rig.models[1]!.count).toBe(0);
  });

  test('gives up a request whose body the model server does not take', async () => {
    let socket: Socket | undefined;
    await using model = await RawModel.start((one) => {
      socket = one.pause();
    });
    await using rig = await rigOf({ before: [model.url], models: 1 });
    const sent = send(rig.url, { body: chat({ user: 'x'.repeat(16 * MB) }) });
    while (socket === undefined) await new Promise((resolve) => setImmediate(resolve));
    expect(evictor.evict()).toBe(true);
    expectTold(await sent);
    const closed = once(socket, 'close');
    socket.resume();
    await closed;
    expect(socket.bytesRead).toBeLessThan(16 * MB);
    await expectEvicted(rig);
    expect(rig.model.count).toBe(0);
  });

  test('gives up a request that waits for the connection to another endpoint', async () => {
    await using full = await fullBacklog();
    await using rig = await rigOf({ before: [`http://127.0.0.1:${await unusedPort()}`, full.url], models: 1 });
    const retried = new Promise((resolve) => rig.scheduler.on('retried', resolve));
    const sent = send(rig.url);
    await retried;
    expect(evictor.evict()).toBe(true);
    expectTold(await sent);
    await expectEvicted(rig);
    expect(rig.model.count).toBe(0);
  });

  test('gives up a request whose client does not read', async () => {
    await using rig = await rigOf();
    await using raw = await RawConnection.open(rig.url);
    raw.socket.pause();
    raw.write(`POST ${CHAT} HTTP/1.1\r\nhost: a\r\ncontent-length: ${chat().length}\r\n\r\n${chat()}`);
    const upstream = await rig.model.next();
    upstream.response.writeHead(200);
    while (upstream.response.writableLength < 2 * MB) {
      upstream.response.write(Buffer.alloc(MB, 'x'));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(evictor.evict()).toBe(true);
    await upstream.closed;
    await expectEvicted(rig);
    raw.socket.resume();
    const text = await raw.whole();
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text.endsWith('0\r\n\r\n')).toBe(false);
  });
}

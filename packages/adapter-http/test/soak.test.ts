import { definePicker, definePlugin, SeededRandom, staticEndpoints } from '@pointsman/core';
import { expect, test } from 'vitest';
import { createRig } from './rig/create-rig.ts';
import type { Received } from './rig/model-server.ts';
import { CHAT, chat, MESSAGES, open } from './rig/send.ts';
import { unusedPort } from './rig/unused-port.ts';

const REQUESTS = 800;
const CLIENTS = 40;

const anyOrder = definePicker({
  type: 'any-order',
  create: () => ({
    pick({ length }, _totals, { random }, order) {
      const start = random.below(length);
      for (let i = 0; i < length; i++) order[i] = (start + i) % length;
      return length;
    },
  }),
});

/** What a model server may do with a request. */
const FATES: ((received: Received) => void)[] = [
  ({ response }) => response.end('{"usage":{"prompt_tokens":1,"completion_tokens":1}}'),
  ({ response }) => response.writeHead(200, { 'content-length': 200_000 }).end(Buffer.alloc(200_000, 'x')),
  ({ response }) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    let sent = 0;
    const next = () => {
      if (response.destroyed) return;
      if (++sent > 5) response.end('data: [DONE]\n\n');
      else response.write(`data: {"choices":[{"delta":{"content":"${sent}"}}]}\n\n`, () => setImmediate(next));
    };
    next();
  },
  ({ response }) => response.writeHead(503).end('busy'),
  ({ request }) => request.socket.destroy(),
  ({ request }) => request.socket.resetAndDestroy(),
  ({ request, response }) =>
    response.writeHead(200).write('data: 1\n\n', () => setImmediate(() => request.socket.destroy())),
  ({ request, response }) => {
    response.writeHead(200, { 'content-length': 10 }).write('half');
    setImmediate(() => request.socket.resetAndDestroy());
  },
  ({ request }) => request.socket.end('not HTTP'),
];

test('whatever clients and model servers do, every request ends once and nothing stays reserved', async () => {
  const random = new SeededRandom(20_251, 1);
  const released = new Map<string, number>();
  let reservations = 0;
  const reserver = definePlugin({
    type: 'reserver',
    create: () => ({
      postChoice(_cycle, { id, attempt }) {
        reservations++;
        return () => released.set(`${id}/${attempt}`, (released.get(`${id}/${attempt}`) ?? 0) + 1);
      },
    }),
  });
  await using rig = await createRig({
    models: 4,
    before: [`http://127.0.0.1:${await unusedPort()}`],
    answer: (received) => FATES[random.below(FATES.length)]!(received),
    plugins: [reserver()],
    picker: anyOrder(),
    retry: { budget: { ratio: 1, minPerSecond: 100 } },
  });
  let [decisions, ended, retried] = [0, 0, 0];
  rig.scheduler.on('decision', () => decisions++);
  rig.scheduler.on('ended', () => ended++);
  rig.scheduler.on('retried', () => retried++);

  const endpoints = staticEndpoints(rig.pool.endpoints().map(({ origin }) => origin));
  const results = { answered: 0, broken: 0, aborted: 0 };
  let begun = 0;
  const client = async () => {
    while (begun++ < REQUESTS) {
      if (begun % 100 === 0) rig.models[random.below(4)]!.crash();
      if (begun % 150 === 0) rig.pool.setEndpoints(endpoints.slice(random.below(3)));
      const abortAfter = random.below(3) === 0 ? random.below(4) : -1;
      const { request, response } = open(rig.url, {
        path: random.below(2) === 0 ? CHAT : MESSAGES,
        body: chat({ max_tokens: 1, user: 'x'.repeat(random.below(2) * 50_000) }),
      });
      const closed = new Promise((resolve) => request.once('close', resolve));
      if (abortAfter === 0) setImmediate(() => request.destroy());
      try {
        const message = await response;
        let chunks = 0;
        if (abortAfter === 1) request.destroy();
        for await (const _ of message) if (++chunks === abortAfter) request.destroy();
        results[request.destroyed && !message.complete ? 'aborted' : 'answered']++;
      } catch {
        results[abortAfter >= 0 ? 'aborted' : 'broken']++;
      }
      request.destroy();
      await closed;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  await rig.settled();

  expect(results.answered + results.broken + results.aborted).toBe(REQUESTS);
  for (const count of Object.values(results)) expect(count).toBeGreaterThan(25);
  expect(retried).toBeGreaterThan(50);
  expect(ended).toBe(decisions);
  expect(Math.max(...rig.pool.endpoints().map((endpoint) => rig.pool.openCallsOf(endpoint)))).toBe(0);
  expect(released.size).toBe(reservations);
  expect(new Set(released.values())).toEqual(new Set([1]));
}, 60_000);

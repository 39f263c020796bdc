import { once } from 'node:events';
import { definePlugin, type Logger } from '@pointsman/core';
import { requestAttributeReporter } from '@pointsman/plugin-accounting';
import { expect, test } from 'vitest';
import { createAdminServer } from '../src/admin/create-admin-server.ts';
import type { CompletedRequest } from '../src/gateway/completed-request.ts';
import { createRig, type RigOptions } from './rig/create-rig.ts';
import type { Answer } from './rig/model-server.ts';
import { answered, CHAT, chat, open, send } from './rig/send.ts';

const SSE = { 'content-type': 'text/event-stream' };
const USAGE = { prompt_tokens: 7, completion_tokens: 10, total_tokens: 17 };
const plain: Answer = ({ response }) => response.end(JSON.stringify({ choices: [], usage: USAGE }));

const cost = requestAttributeReporter({
  attributes: [{ key: { name: 'cost' }, expression: 'usage.prompt_tokens + usage.completion_tokens * 4' }],
});
const COST = { 'envoy.lb': { cost: 47 } };

/** A rig whose plugins and callbacks write down what happens, in one list. */
async function watchedRig(options: RigOptions = {}) {
  const seen: string[] = [];
  const completed: CompletedRequest[] = [];
  const logged: unknown[] = [];
  const watcher = definePlugin({
    type: 'watcher',
    create: () => ({
      postChoice: () => () => void seen.push('released'),
      progress(_cycle, { attempt }, { kind }) {
        if (kind === 'complete') seen.push(`complete #${attempt}`);
      },
      afterResponse: (_cycle, _decision, { status }) => void seen.push(status),
    }),
  });
  const log: Logger = {
    debug() {},
    info: (message, fields) => void logged.push([message, fields]),
    warn() {},
    error: (message, fields) => void logged.push([message, fields]),
  };
  const rig = await createRig({
    plugins: [watcher(), cost],
    log,
    onComplete(one) {
      seen.push('onComplete');
      completed.push(one);
    },
    ...options,
  });
  return { rig, seen, completed, logged, [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose]() };
}

test('plugins see that an answer is complete, once and before the call ends; what they tell is logged and handed over', async () => {
  await using watched = await watchedRig({ answer: plain });
  const { rig, seen, completed, logged } = watched;
  await send(rig.url, { headers: { 'x-request-id': 'r-1', 'x-tenant': 'acme' } });
  await rig.settled();
  expect(seen).toEqual(['complete #1', 'released', 'ok', 'onComplete']);
  const [endpoint] = rig.pool.endpoints();
  expect(completed).toHaveLength(1);
  expect(completed[0]).toMatchObject({
    id: 'r-1',
    httpStatus: 200,
    usage: { promptTokens: 7, outputTokens: 10 },
    metadata: COST,
  });
  expect(completed[0]!.request.headers['x-tenant']).toBe('acme');
  expect(completed[0]!.decision.target).toBe(endpoint);
  const fields = { request: 'r-1', decision: 'default:1', endpoint: endpoint!.id, metadata: COST };
  expect(logged).toEqual([['plugins tell of a request', fields]]);
});

test('a stream is complete when its last piece has come', async () => {
  await using watched = await watchedRig();
  const { rig, seen, completed } = watched;
  const { response } = open(rig.url, { body: chat({ stream: true }) });
  const upstream = await rig.model.next();
  upstream.response.writeHead(200, SSE);
  upstream.response.write(`data: {"choices":[],"usage":${JSON.stringify(USAGE)}}\n\n`);
  const message = await response;
  await once(message, 'data');
  expect(seen).toEqual([]);
  upstream.response.end('data: [DONE]\n\n');
  await answered(message);
  await rig.settled();
  expect(seen).toEqual(['complete #1', 'released', 'ok', 'onComplete']);
  expect(completed[0]).toMatchObject({ usage: { outputTokens: 10 }, metadata: COST });
});

test('an error of a model server is complete too, and tells no usage', async () => {
  await using watched = await watchedRig({ answer: ({ response }) => response.writeHead(400).end('{}') });
  const { rig, seen, completed, logged } = watched;
  expect((await send(rig.url)).status).toBe(400);
  await rig.settled();
  expect(seen).toEqual(['complete #1', 'released', 'ok', 'onComplete']);
  expect(completed[0]).toMatchObject({ httpStatus: 400, usage: undefined, metadata: {} });
  expect(logged).toEqual([]);
});

test('an answer that the client leaves is never complete', async () => {
  await using watched = await watchedRig();
  const { rig, seen } = watched;
  const { request, response } = open(rig.url, { body: chat({ stream: true }) });
  const upstream = await rig.model.next();
  upstream.response.writeHead(200, SSE).write('data: {}\n\n');
  await response;
  request.destroy();
  await upstream.closed;
  await rig.settled();
  expect(seen).toEqual(['released', 'aborted']);
});

test('an answer that breaks off is never complete', async () => {
  await using watched = await watchedRig();
  const { rig, seen } = watched;
  const { response } = open(rig.url, { body: chat({ stream: true }) });
  const upstream = await rig.model.next();
  upstream.response.writeHead(200, SSE).write('data: {}\n\n');
  const message = await response;
  rig.model.crash();
  await expect(answered(message)).rejects.toThrow('aborted');
  await rig.settled();
  expect(seen).toEqual(['released', 'error']);
});

test('a request that was tried twice is complete once, where it was answered', async () => {
  await using watched = await watchedRig({ models: 2, answer: ({ response }) => response.writeHead(503).end() });
  const { rig, seen, completed } = watched;
  rig.models[1]!.answer = plain;
  expect((await send(rig.url)).status).toBe(200);
  await rig.settled();
  expect(seen).toEqual(['released', 'complete #2', 'released', 'ok', 'onComplete']);
  expect(completed[0]!.decision.target).toBe(rig.pool.endpoints()[1]);
});

test('a request that was turned away is not complete', async () => {
  await using watched = await watchedRig({ models: 0 });
  const { rig, seen } = watched;
  expect((await send(rig.url)).status).toBe(503);
  await rig.settled();
  expect(seen).toEqual([]);
});

test('a decision that is only asked for completes nothing', async () => {
  await using watched = await watchedRig({ answer: plain });
  const { rig, seen, logged } = watched;
  const admin = createAdminServer({ scheduler: rig.scheduler });
  try {
    const { url } = await admin.listen();
    const body = { path: CHAT, body: JSON.parse(chat()) };
    const headers = { 'content-type': 'application/json' };
    const answer = await send(url, { path: '/api/decide', headers, body: JSON.stringify(body) });
    expect(JSON.parse(answer.text).target).toBe(rig.pool.endpoints()[0]!.id);
  } finally {
    await admin.close();
  }
  expect([seen, logged]).toEqual([[], []]);
});

test('what onComplete throws harms nobody', async () => {
  await using watched = await watchedRig({
    answer: plain,
    onComplete() {
      throw new Error('the accounts are closed');
    },
  });
  const { rig, logged } = watched;
  expect((await send(rig.url, { headers: { 'x-request-id': 'r-1' } })).status).toBe(200);
  expect((await send(rig.url)).status).toBe(200);
  await rig.settled();
  expect(logged).toContainEqual(['onComplete failed', { request: 'r-1', error: 'Error: the accounts are closed' }]);
});

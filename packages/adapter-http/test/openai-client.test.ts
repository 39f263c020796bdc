import { definePlugin, reject } from '@pointsman/core';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { openaiAnswers } from './rig/api-answers.ts';
import { createRig } from './rig/create-rig.ts';
import { unusedPort } from './rig/unused-port.ts';

const messages = [{ role: 'user' as const, content: 'Hello?' }];
const tools = [{ type: 'function' as const, function: { name: 'weather', parameters: { type: 'object' } } }];

function clientOf(url: string, maxRetries = 0): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: 'key', maxRetries });
}

test('chat, with the headers that the gateway adds', async () => {
  await using rig = await createRig({ answer: openaiAnswers });
  const { data, response, request_id } = await clientOf(rig.url)
    .chat.completions.create({ model: 'm', messages })
    .withResponse();
  expect(data.choices[0]?.message.content).toBe('Hello');
  expect(data.usage?.prompt_tokens_details?.cached_tokens).toBe(8);
  expect(response.headers.get('x-pointsman-endpoint')).toContain(rig.model.hostPort);
  expect(request_id).toMatch(/^[0-9a-f-]{36}$/);
  await rig.settled();
  expect(rig.pool.recent()[0]?.outcome).toMatchObject({ promptTokens: 12, cachedTokens: 8, outputTokens: 3 });
});

test('a stream of chat, with usage', async () => {
  await using rig = await createRig({ answer: openaiAnswers });
  const stream = await clientOf(rig.url).chat.completions.create({
    model: 'm',
    messages,
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = '';
  let total = 0;
  for await (const { choices, usage } of stream) {
    text += choices[0]?.delta.content ?? '';
    total += usage?.total_tokens ?? 0;
  }
  expect([text, total]).toEqual(['Hello', 15]);
  await rig.settled();
  expect(rig.pool.recent()[0]?.outcome).toMatchObject({
    promptTokens: 12,
    outputTokens: 3,
    firstTokenMs: expect.any(Number),
  });
});

test('tools, whole and streamed', async () => {
  await using rig = await createRig({ answer: openaiAnswers });
  const client = clientOf(rig.url);
  const expected = { name: 'weather', arguments: '{"city":"Ulm"}' };
  const whole = await client.chat.completions.create({ model: 'm', messages, tools });
  expect(whole.choices[0]?.message.tool_calls?.[0]).toMatchObject({ function: expected });
  const streamed = await client.chat.completions.stream({ model: 'm', messages, tools }).finalChatCompletion();
  expect(streamed.choices[0]?.message.tool_calls?.[0]).toMatchObject({ function: expected });
  expect(streamed.choices[0]?.finish_reason).toBe('tool_calls');
});

test('completions, responses, embeddings and models', async () => {
  await using rig = await createRig({ answer: openaiAnswers });
  const client = clientOf(rig.url);
  expect((await client.completions.create({ model: 'm', prompt: 'Hello?' })).choices[0]?.text).toBe('Hello');
  expect((await client.responses.create({ model: 'm', input: 'Hello?' })).output_text).toBe('Hello');
  const stream = await client.responses.create({ model: 'm', input: 'Hello?', stream: true });
  let text = '';
  for await (const event of stream) if (event.type === 'response.output_text.delta') text += event.delta;
  expect(text).toBe('Hello');
  const { data } = await client.embeddings.create({ model: 'm', input: 'Hello?' });
  expect(data[0]?.embedding).toEqual([0.5, -1]);
  expect((await client.models.list()).data[0]?.id).toBe('m');
  await rig.settled();
  // All but the list of models say what they cost.
  expect(rig.pool.recent().map(({ outcome }) => outcome?.promptTokens)).toEqual([null, 12, 12, 12, 12]);
});

test('an abort in the middle of a stream', async () => {
  await using rig = await createRig();
  const stream = await Promise.all([
    clientOf(rig.url).chat.completions.create({ model: 'm', messages, stream: true }),
    rig.model.next().then((upstream) => {
      upstream.response.writeHead(200, { 'content-type': 'text/event-stream' });
      upstream.response.write('data: {"choices":[{"index":0,"delta":{"content":"Hel"}}]}\n\n');
      return upstream;
    }),
  ]);
  for await (const { choices } of stream[0]) {
    expect(choices[0]?.delta.content).toBe('Hel');
    stream[0].controller.abort();
  }
  await stream[1].closed;
  await rig.settled();
  expect(rig.pool.recent()[0]?.outcome?.status).toBe('aborted');
});

test('an abort before the answer', async () => {
  await using rig = await createRig();
  const controller = new AbortController();
  const answer = clientOf(rig.url).chat.completions.create({ model: 'm', messages }, { signal: controller.signal });
  const failed = expect(answer).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
  const upstream = await rig.model.next();
  controller.abort();
  await failed;
  await upstream.closed;
  await rig.settled();
});

test('errors of the gateway are the errors of the client', async () => {
  await using rig = await createRig({ answer: openaiAnswers, limits: { bodyBytes: 1000 } });
  const client = clientOf(rig.url);
  const ask = (content: string) =>
    client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content }] });
  await expect(client.chat.completions.create({ model: 'm', messages: 'Hello?' as never })).rejects.toMatchObject({
    constructor: OpenAI.BadRequestError,
    status: 400,
    code: 'invalid_request',
    param: 'messages',
  });
  await expect(ask('x'.repeat(2000))).rejects.toMatchObject({ status: 413, code: 'body_too_large' });
  rig.pool.setEndpoints([]);
  await expect(ask('Hello?')).rejects.toMatchObject({
    constructor: OpenAI.InternalServerError,
    status: 503,
    code: 'no_endpoints',
    requestID: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  rig.pool.setEndpoints([{ address: '127.0.0.1', port: await unusedPort() }]);
  await expect(ask('Hello?')).rejects.toMatchObject({ status: 502, code: 'upstream_unreachable' });
});

test('errors of the model server are the errors of the client', async () => {
  await using rig = await createRig({
    answer: ({ response }) => {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end('{"error":{"message":"no model x","type":"NotFoundError","code":404}}');
    },
  });
  await expect(clientOf(rig.url).chat.completions.create({ model: 'x', messages })).rejects.toMatchObject({
    constructor: OpenAI.NotFoundError,
    message: '404 no model x',
  });
});

test('a stream that breaks off is an error, not the end', async () => {
  await using rig = await createRig();
  const answer = clientOf(rig.url).chat.completions.create({ model: 'm', messages, stream: true });
  const upstream = await rig.model.next();
  upstream.response.writeHead(200, { 'content-type': 'text/event-stream' });
  upstream.response.write('data: {"choices":[{"index":0,"delta":{"content":"Hel"}}]}\n\n');
  const read = async () => {
    for await (const _ of await answer) rig.model.crash();
  };
  await expect(read()).rejects.toThrow();
  await rig.settled();
});

test('a client that is told when to come again comes again', async () => {
  let refused = 0;
  const bouncer = definePlugin({
    type: 'bouncer',
    create: () => ({
      preCall() {
        if (refused++ === 0) reject({ status: 429, reason: 'rejected-saturated', retryAfterMs: 1 });
      },
    }),
  });
  await using rig = await createRig({ answer: openaiAnswers, plugins: [bouncer()] });
  await expect(clientOf(rig.url).chat.completions.create({ model: 'm', messages })).rejects.toMatchObject({
    constructor: OpenAI.RateLimitError,
    status: 429,
  });
  refused = 0;
  const { choices } = await clientOf(rig.url, 1).chat.completions.create({ model: 'm', messages });
  expect(choices[0]?.message.content).toBe('Hello');
});

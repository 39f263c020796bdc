import Anthropic from '@anthropic-ai/sdk';
import { expect, test } from 'vitest';
import { anthropicAnswers } from './rig/api-answers.ts';
import { createRig } from './rig/create-rig.ts';
import { unusedPort } from './rig/unused-port.ts';

const ask = { model: 'm', max_tokens: 10, messages: [{ role: 'user' as const, content: 'Hello?' }] };
const tools = [{ name: 'weather', input_schema: { type: 'object' as const } }];

function clientOf(url: string): Anthropic {
  return new Anthropic({ baseURL: url, apiKey: 'key', maxRetries: 0 });
}

test('messages', async () => {
  await using rig = await createRig({ answer: anthropicAnswers });
  const { data, response } = await clientOf(rig.url).messages.create(ask).withResponse();
  expect(data.content).toEqual([{ type: 'text', text: 'Hello' }]);
  expect(response.headers.get('x-pointsman-decision')).toBe('default:1');
  await rig.settled();
  expect(rig.pool.recent()[0]?.outcome).toMatchObject({ cachedTokens: 8, outputTokens: 3 });
});

test('a stream of messages', async () => {
  await using rig = await createRig({ answer: anthropicAnswers });
  const texts: string[] = [];
  const message = await clientOf(rig.url)
    .messages.stream(ask)
    .on('text', (text) => texts.push(text))
    .finalMessage();
  expect(texts).toEqual(['Hel', 'lo']);
  expect(message.usage.output_tokens).toBe(3);
  await rig.settled();
  expect(rig.pool.recent()[0]?.outcome).toMatchObject({ outputTokens: 3, firstTokenMs: expect.any(Number) });
});

test('tools, whole and streamed', async () => {
  await using rig = await createRig({ answer: anthropicAnswers });
  const client = clientOf(rig.url);
  const expected = [{ type: 'tool_use', name: 'weather', input: { city: 'Ulm' } }];
  expect((await client.messages.create({ ...ask, tools })).content).toMatchObject(expected);
  const streamed = await client.messages.stream({ ...ask, tools }).finalMessage();
  expect(streamed.content).toMatchObject(expected);
  expect(streamed.stop_reason).toBe('tool_use');
});

test('counting tokens', async () => {
  await using rig = await createRig({ answer: anthropicAnswers });
  expect((await clientOf(rig.url).messages.countTokens({ model: 'm', messages: ask.messages })).input_tokens).toBe(12);
});

test('an abort in the middle of a stream', async () => {
  await using rig = await createRig();
  const stream = clientOf(rig.url).messages.stream(ask);
  const upstream = await rig.model.next();
  upstream.response.writeHead(200, { 'content-type': 'text/event-stream' });
  const start = {
    type: 'message_start',
    message: { id: 'a', type: 'message', role: 'assistant', content: [], usage: {} },
  };
  upstream.response.write(`event: message_start\ndata: ${JSON.stringify(start)}\n\n`);
  stream.on('streamEvent', () => stream.abort());
  await expect(stream.finalMessage()).rejects.toBeInstanceOf(Anthropic.APIUserAbortError);
  await upstream.closed;
  await rig.settled();
  expect(rig.pool.recent()[0]?.outcome?.status).toBe('aborted');
});

test('errors of the gateway are the errors of the client', async () => {
  await using rig = await createRig({ answer: anthropicAnswers, limits: { bodyBytes: 1000 } });
  const client = clientOf(rig.url);
  const typed = (type: string) => ({ type: 'error', error: { type, message: expect.any(String) } });
  await expect(client.messages.create({ ...ask, messages: 'Hello?' as never })).rejects.toMatchObject({
    constructor: Anthropic.BadRequestError,
    error: typed('invalid_request_error'),
  });
  await expect(client.messages.create({ ...ask, system: 'x'.repeat(2000) })).rejects.toMatchObject({
    status: 413,
    error: typed('request_too_large'),
  });
  rig.pool.setEndpoints([]);
  await expect(client.messages.create(ask)).rejects.toMatchObject({ status: 503, error: typed('overloaded_error') });
  rig.pool.setEndpoints([{ address: '127.0.0.1', port: await unusedPort() }]);
  await expect(client.messages.create(ask)).rejects.toMatchObject({ status: 502, error: typed('api_error') });
});

test('a stream that breaks off is an error, not the end', async () => {
  await using rig = await createRig();
  const stream = clientOf(rig.url).messages.stream(ask);
  const upstream = await rig.model.next();
  upstream.response.writeHead(200, { 'content-type': 'text/event-stream' });
  upstream.response.write('event: ping\ndata: {"type":"ping"}\n\n', () => rig.model.crash());
  await expect(stream.finalMessage()).rejects.toThrow();
  await rig.settled();
});

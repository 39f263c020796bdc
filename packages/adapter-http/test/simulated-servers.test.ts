import Anthropic from '@anthropic-ai/sdk';
import { createSimServer } from '@pointsman/testkit/sim';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRig, type Rig } from './rig/create-rig.ts';

/** The official clients, through the gateway, against simulated vLLM servers. */
let sims: Awaited<ReturnType<typeof createSimServer>>[];
let rig: Rig;
const model = 'sim-model';

beforeAll(async () => {
  sims = await Promise.all([0, 1].map(() => createSimServer({ port: 0, model, mode: 'echo' })));
  rig = await createRig({ models: 0, before: sims.map(({ url }) => url) });
});
afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  await Promise.all(sims.map((sim) => sim.close()));
});

const messages = [{ role: 'user' as const, content: 'The train goes to the right track.' }];

test('chat, whole and streamed, is the same text', async () => {
  const client = new OpenAI({ baseURL: `${rig.url}/v1`, apiKey: 'key', maxRetries: 0 });
  const whole = await client.chat.completions.create({ model, messages });
  expect(whole.choices[0]?.message.content).toContain('right track');
  const streamed = await client.chat.completions.stream({ model, messages }).finalChatCompletion();
  expect(streamed.choices[0]?.message.content).toBe(whole.choices[0]?.message.content);
  await rig.settled();
  expect(rig.pool.recent()[1]?.outcome).toMatchObject({ promptTokens: whole.usage?.prompt_tokens });
});

test('completions, responses and models', async () => {
  const client = new OpenAI({ baseURL: `${rig.url}/v1`, apiKey: 'key', maxRetries: 0 });
  expect((await client.completions.create({ model, prompt: 'Mind the gap' })).choices[0]?.text).toContain('gap');
  expect((await client.responses.create({ model, input: 'Mind the gap' })).output_text).toContain('gap');
  expect((await client.models.list()).data[0]?.id).toBe(model);
  await expect(client.chat.completions.create({ model: 'another', messages })).rejects.toBeInstanceOf(
    OpenAI.NotFoundError,
  );
});

test('messages, whole and streamed', async () => {
  const client = new Anthropic({ baseURL: rig.url, apiKey: 'key', maxRetries: 0 });
  const whole = await client.messages.create({ model, max_tokens: 100, messages });
  expect(whole.content).toMatchObject([{ type: 'text', text: expect.stringContaining('right track') }]);
  const streamed = await client.messages.stream({ model, max_tokens: 100, messages }).finalMessage();
  expect(streamed.content).toMatchObject(whole.content);
});

test('the next server answers for one that refuses', async () => {
  const client = new OpenAI({ baseURL: `${rig.url}/v1`, apiKey: 'key', maxRetries: 0 });
  sims[0]!.setFaults([{ kind: 'error', status: 503 }]);
  const { response } = await client.chat.completions.create({ model, messages }).withResponse();
  expect(response.headers.get('x-pointsman-endpoint')).toContain(String(sims[1]!.port));
  sims[0]!.setFaults([]);
  await rig.settled();
});

test('a client that gives up on a server that hangs leaves nothing behind', async () => {
  const client = new OpenAI({ baseURL: `${rig.url}/v1`, apiKey: 'key', maxRetries: 0 });
  sims[0]!.setFaults([{ kind: 'hang' }]);
  const controller = new AbortController();
  rig.scheduler.once('decision', () => setImmediate(() => controller.abort()));
  const answer = client.chat.completions.create({ model, messages }, { signal: controller.signal });
  await expect(answer).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
  sims[0]!.setFaults([]);
  await rig.settled();
});

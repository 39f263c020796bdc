import { createSimServer, type SimServer } from '@pointsman/testkit/sim';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { RunningExample } from './running-example.ts';

vi.setConfig({ testTimeout: 60_000 });

let servers: SimServer[];
const ENDPOINTS = () => servers.map(({ url }) => url).join(',');

beforeAll(async () => {
  servers = await Promise.all([0, 1].map(() => createSimServer({ port: 0, interTokenLatency: 20 })));
});
afterAll(() => Promise.all(servers.map((server) => server.close())));

const complete = (url: string, options: object = {}) =>
  fetch(new URL('/v1/completions', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'simulated-model', prompt: 'Hello', max_tokens: 5, ignore_eos: true, ...options }),
  });

it('places a request, and says why', async () => {
  await using example = await RunningExample.start({ ENDPOINTS: ENDPOINTS() });
  const answer = await complete(example.url);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ object: 'text_completion', usage: { completion_tokens: 5 } });
  const why = await fetch(new URL(`/why/${answer.headers.get('x-pointsman-decision')}`, example.url));
  expect(await why.text()).toContain('prefix-cache-scorer x3');
  expect((await fetch(new URL('/why/default:99', example.url))).status).toBe(404);
});

it('lets a stream end before it does', async () => {
  await using example = await RunningExample.start({ ENDPOINTS: ENDPOINTS() });
  const answer = await complete(example.url, { stream: true, max_tokens: 30 });
  expect(answer.headers.get('content-type')).toContain('text/event-stream');
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  const { value: first } = await reader.read();
  expect(first).toMatch(/^data: \{/);
  expect(first).not.toContain('[DONE]');

  const stopped = example.stop();
  let rest = '';
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) rest += piece.value;
  expect(rest).toMatch(/data: \[DONE\]\n\n$/);
  expect(await stopped).toBe(0);
});

it('says what it needs', async () => {
  await expect(RunningExample.start({})).rejects.toThrow('ended with 2');
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { createSimServer } from '@pointsman/testkit/sim';
import { expect, inject, it, vi } from 'vitest';

vi.setConfig({ testTimeout: 60_000 });

/** Bundled from its sources. */
const MAIN = inject('bundles').embedded;

/** Runs the example over prompts. */
async function run(endpoints: readonly string[], prompts: readonly string[]) {
  const child = spawn(process.execPath, [MAIN], {
    env: { ...process.env, ENDPOINTS: endpoints.join() },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(prompts.join('\n'));
  const closed = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await closed) as [number | null];
  return { code, stderr, answers: stdout.split('\n').filter(Boolean).map(parsed) };
}

const parsed = (line: string) => JSON.parse(line) as { prompt: string; endpoint: string; answer: string };

/** Where nobody listens. */
const NOBODY = 'http://127.0.0.1:1';

it('answers every prompt, although one model server is gone', async () => {
  const server = await createSimServer({ port: 0 });
  const prompts = Array.from({ length: 20 }, (_, i) => `prompt ${i}`);
  const { code, stderr, answers } = await run([NOBODY, server.url], prompts);
  await server.close();
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(answers.map(({ prompt }) => prompt).sort()).toEqual([...prompts].sort());
  expect(new Set(answers.map(({ endpoint }) => endpoint))).toEqual(new Set([`default/127.0.0.1:${server.port}`]));
});

it('fails when there is nobody left', async () => {
  const { code, stderr } = await run([NOBODY], ['Hello']);
  expect(code).toBe(1);
  expect(stderr).toContain('fetch failed');
});

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { createRig } from './rig/create-rig.ts';
import { chat, open } from './rig/send.ts';

const MB = 1024 * 1024;
const CALLS = 20;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes outside of the heap: request bodies, as long as somebody holds them. */
async function settledBytes(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().arrayBuffers;
}

test('request bodies are let go when their answers have begun', async () => {
  // Reads bodies without keeping them, and never ends an answer.
  const model = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(200).write('begun'));
  });
  model.listen(0, '127.0.0.1');
  await once(model, 'listening');
  const { port } = model.address() as AddressInfo;
  await using rig = await createRig({
    models: 0,
    before: [`http://127.0.0.1:${port}`],
    // The scheduler is not what is looked at here: it gets nothing that it could keep.
    amendRequest: (input) => ({ ...input, payload: undefined }),
  });
  const body = Buffer.from(chat({ stream: true, user: 'x'.repeat(MB) }));
  const before = await settledBytes();
  const requests = Array.from({ length: CALLS }, () => open(rig.url, { body }));
  for (const { response } of requests) await once(await response, 'data');
  expect(rig.pool.openCalls).toBe(CALLS);
  expect((await settledBytes()) - before).toBeLessThan((CALLS * MB) / 4);
  for (const { request } of requests) request.destroy();
  await rig.settled();
  await new Promise((resolve) => model.close(resolve));
});

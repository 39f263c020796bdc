import type { Server } from 'node:http';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { listen } from '@pointsman/http-relay';
import { Hono } from 'hono';
import { expect, test, vi } from 'vitest';
import { createGateway } from '../src/gateway/create-gateway.ts';
import { honoGateway } from '../src/hono.ts';
import { closeServer } from './rig/close-server.ts';
import { createRig } from './rig/create-rig.ts';
import type { EntryPoint } from './rig/entry-point.ts';
import { send } from './rig/send.ts';
import { describeAdapter } from './suite.ts';

const onHono: EntryPoint = async (options) => {
  const gateway = createGateway(options);
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.all('*', honoGateway(gateway));
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  const url = await listen(server, 0, '127.0.0.1');
  return {
    gateway,
    url,
    close: async () => {
      await gateway.close({ graceMs: 0 });
      await closeServer(server);
    },
  };
};

describeAdapter('Hono', onHono);

test('Hono does not try to answer HEAD a second time', async () => {
  const complaints = vi.spyOn(console, 'error').mockImplementation(() => {});
  await using rig = await createRig({ entry: onHono, answer: ({ response }) => response.end() });
  expect((await send(rig.url, { method: 'HEAD', path: '/v1/models' })).status).toBe(200);
  // What Hono does after the answer has its turn.
  await new Promise((resolve) => setImmediate(resolve));
  expect(complaints.mock.calls).toEqual([]);
  complaints.mockRestore();
});

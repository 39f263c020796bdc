import type { Server } from 'node:http';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { createGateway } from '../src/gateway/create-gateway.ts';
import { honoGateway } from '../src/hono.ts';
import { listen } from '../src/server/listen.ts';
import { closeServer } from './rig/close-server.ts';
import { describeAdapter } from './suite.ts';

describeAdapter('Hono', async (options) => {
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
});

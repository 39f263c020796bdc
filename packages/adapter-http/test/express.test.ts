import { createServer } from 'node:http';
import { listen } from '@pointsman/http-relay';
import express from 'express';
import { expressGateway } from '../src/express.ts';
import { createGateway } from '../src/gateway/create-gateway.ts';
import { closeServer } from './rig/close-server.ts';
import { describeAdapter } from './suite.ts';

describeAdapter('Express', async (options) => {
  const gateway = createGateway(options);
  const app = express();
  app.use(expressGateway(gateway));
  const server = createServer(app);
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

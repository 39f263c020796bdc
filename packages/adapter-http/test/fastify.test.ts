import fastify from 'fastify';
import { fastifyGateway } from '../src/fastify.ts';
import { createGateway } from '../src/gateway/create-gateway.ts';
import { describeAdapter } from './suite.ts';

describeAdapter('Fastify', async (options) => {
  const gateway = createGateway(options);
  const app = fastify({ forceCloseConnections: true });
  app.register(fastifyGateway, { gateway });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    gateway,
    url,
    close: async () => {
      await gateway.close({ graceMs: 0 });
      await app.close();
    },
  };
});

import { createGateway } from '@pointsman/adapter-http';
import { fastifyGateway } from '@pointsman/adapter-http/fastify';
import { formatExplanation } from '@pointsman/core';
import fastify from 'fastify';
import { schedulerFor } from './scheduler-for.ts';

/** A Fastify app that places inference requests. What it does not serve itself goes to the model servers. */
export function createApp(endpoints: readonly string[]) {
  const scheduler = schedulerFor(endpoints);
  const gateway = createGateway({ scheduler });
  const app = fastify({ logger: true });

  // A route of your own, like any other: why did this request go where it went?
  app.get<{ Params: { id: string } }>('/why/:id', (request, reply) => {
    const explanation = scheduler.pools.get('default')?.explain(request.params.id);
    if (explanation === undefined) return reply.code(404).send('This decision is not remembered.\n');
    return reply.send(formatExplanation(explanation, { as: 'table' }));
  });

  app.register(fastifyGateway, { gateway });
  app.addHook('onReady', () => scheduler.start());
  // First the requests that run may finish, then the app closes, and the scheduler last of all.
  app.addHook('preClose', () => gateway.close());
  app.addHook('onClose', () => scheduler.close());
  return app;
}

import fastify from 'fastify';
import { fastifyGateway } from '../src/fastify.ts';
import { createGateway } from '../src/index.ts';
import { scheduler } from './rig/some-scheduler.ts';

const gateway = createGateway({ scheduler });
const app = fastify({ logger: true });
app.register(fastifyGateway, { gateway });
app.addHook('preClose', () => gateway.close());
await scheduler.start();
await app.listen({ port: 8080 });

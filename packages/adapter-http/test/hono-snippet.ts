import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { honoGateway } from '../src/hono.ts';
import { createGateway } from '../src/index.ts';
import { scheduler } from './rig/some-scheduler.ts';

const gateway = createGateway({ scheduler });
const app = new Hono();
app.all('/v1/*', honoGateway(gateway));
await scheduler.start();
serve({ fetch: app.fetch, port: 8080 });

import { serve } from '@hono/node-server';
import { createGateway } from '@pointsman/adapter-http';
import { createApp } from './create-app.ts';
import { schedulerFor } from './scheduler-for.ts';

const { API_KEY, ENDPOINTS, HOST = '127.0.0.1', PORT = '8080' } = process.env;
if (ENDPOINTS === undefined) {
  console.error('Name the model servers: ENDPOINTS=http://10.0.0.1:8000,http://10.0.0.2:8000');
  process.exit(2);
}

const scheduler = schedulerFor(ENDPOINTS.split(','));
const gateway = createGateway({ scheduler });
await scheduler.start();
const { fetch } = createApp(gateway, API_KEY);
const server = serve({ fetch, hostname: HOST, port: Number(PORT) }, ({ port }) => {
  console.log(`listening on http://${HOST}:${port}`);
});

async function stop() {
  server.close();
  // Requests that run may finish.
  await gateway.close();
  await scheduler.close();
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);

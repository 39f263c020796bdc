import { createApp } from './create-app.ts';

const { ENDPOINTS, HOST = '127.0.0.1', PORT = '8080' } = process.env;
if (ENDPOINTS === undefined) {
  console.error('Name the model servers: ENDPOINTS=http://10.0.0.1:8000,http://10.0.0.2:8000');
  process.exit(2);
}

const app = createApp(ENDPOINTS.split(','));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => app.close());
await app.listen({ host: HOST, port: Number(PORT) });

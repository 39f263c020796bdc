import type { HttpBindings } from '@hono/node-server';
import type { Gateway } from '@pointsman/adapter-http';
import { honoGateway } from '@pointsman/adapter-http/hono';
import { Hono } from 'hono';
import { bearerAuth } from 'hono/bearer-auth';

/** A Hono app that passes inference requests to the gateway: those that carry the key, when there is one. */
export function createApp(gateway: Gateway, apiKey?: string) {
  const app = new Hono<{ Bindings: HttpBindings }>();
  if (apiKey !== undefined) app.use('/v1/*', bearerAuth({ token: apiKey }));
  app.all('/v1/*', honoGateway(gateway));
  app.get('/readyz', (c) => {
    const reason = gateway.whyNotReady();
    return reason === undefined ? c.text('ok') : c.text(reason, 503);
  });
  return app;
}

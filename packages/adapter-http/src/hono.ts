import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Handler } from 'hono';
import type { Gateway } from './gateway/create-gateway.ts';

/**
 * Forwards what reaches it to the gateway: `app.all('/v1/*', honoGateway(gateway))`. Only on `@hono/node-server` over
 * HTTP/1.1, because it writes to Node's own response. No handler before it may read the body.
 */
export function honoGateway(gateway: Gateway): Handler<{ Bindings: HttpBindings }> {
  return async ({ env }) => {
    const response = env.outgoing as ServerResponse;
    const isClosed = once(response, 'close');
    gateway.handler(env.incoming, response);
    await isClosed;
    return env.incoming.method === 'HEAD' ? copyableMark() : RESPONSE_ALREADY_SENT;
  };
}

/** Hono copies the answer to HEAD. The copy says that all is sent only if somebody has looked into the original. */
function copyableMark(): Response {
  const mark = new Response(null, RESPONSE_ALREADY_SENT);
  void mark.body;
  return mark;
}

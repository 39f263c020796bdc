import type { RequestHandler } from 'express';
import type { Gateway } from './gateway/create-gateway.ts';

/**
 * Forwards what reaches it to the gateway: `app.use(expressGateway(gateway))`, or `app.all('/v1/*path', ...)` for a part.
 * As everywhere in Express, `app.use('/llm', ...)` takes `/llm` off the path. No body parser may come before it.
 */
export function expressGateway(gateway: Gateway): RequestHandler {
  return (request, response) => gateway.handler(request, response);
}

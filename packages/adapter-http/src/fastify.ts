import type { FastifyInstance, FastifyPluginCallback, RouteHandlerMethod } from 'fastify';
import type { Gateway } from './gateway/create-gateway.ts';

/** What the plugin is registered with. */
export interface FastifyGatewayOptions {
  readonly gateway: Gateway;
}

/**
 * Forwards everything below a prefix to the gateway: `app.register(fastifyGateway, { gateway })`. A prefix given to
 * `register` is taken off before a request is forwarded. Bodies are not parsed inside of this plugin; hooks of Fastify
 * run as ever, but must not read the body. Close the gateway before the app.
 */
export const fastifyGateway: FastifyPluginCallback<FastifyGatewayOptions> = (app, { gateway }, done) => {
  leaveBodiesAlone(app);
  const { prefix } = app;
  const handler: RouteHandlerMethod = (request, reply) => {
    reply.hijack();
    const { raw } = request;
    if (prefix !== '' && raw.url?.startsWith(prefix) === true) raw.url = withSlash(raw.url.slice(prefix.length));
    gateway.handler(raw, reply.raw);
  };
  app.all('/', handler);
  app.all('/*', handler);
  done();
};

function leaveBodiesAlone(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
}

function withSlash(target: string): string {
  return target.startsWith('/') ? target : `/${target}`;
}

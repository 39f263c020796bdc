import type { IncomingMessage, ServerResponse } from 'node:http';
import { silentLogger, systemClock } from '@pointsman/core';
import type { AdminOptions } from './admin-options.ts';
import { AdminError } from './http/admin-error.ts';
import { Guard } from './http/guard.ts';
import { errorOf, errorReply, jsonReply, type Reply, send } from './http/respond.ts';
import { findRoute, type Route } from './http/router.ts';
import { livePage } from './page/live-page.ts';
import { decideRoute } from './routes/decide-route.ts';
import { decisionRoutes } from './routes/decision-routes.ts';
import { poolRoutes } from './routes/pool-routes.ts';
import { processRoutes } from './routes/process-routes.ts';
import { TrafficWatch } from './traffic/traffic-watch.ts';
import { SchedulerSource } from './view/live-source.ts';
import { LiveStream } from './view/live-stream.ts';

const DEFAULT_BODY_BYTES = 8 * 1024 * 1024;

/** The admin API and the live page of one scheduler. */
export interface Admin {
  /** Takes one request, for `node:http` and everything that is built on it. */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void;
  /** Ends live streams and stops listening to the scheduler, which stays open. */
  close(): void;
}

/**
 * Makes the admin API. It shows prompts' fates, endpoints and configuration: keep its listener apart from the gateway's.
 * @throws RangeError when the token is empty
 */
export function createAdmin(options: AdminOptions): Admin {
  const { scheduler } = options;
  const log = options.log ?? silentLogger;
  const clock = options.clock ?? systemClock;
  const now = () => clock.now();
  const guard = new Guard(options.allowedHosts ?? [], options.token);
  const watch = new TrafficWatch(scheduler, clock, Math.max(1, options.recent ?? 256));
  const source = new SchedulerSource(scheduler, watch, now);
  const stream = new LiveStream(source, Math.max(100, options.streamIntervalMs ?? 1_000), options.maxStreams ?? 32);
  const routes: Route[] = [
    {
      method: 'GET',
      path: '/',
      does: 'The live page.',
      answer: () => ({
        headers: {
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': livePage().contentPolicy,
        },
        body: livePage().html,
      }),
    },
    { method: 'GET', path: '/api', does: 'This list.', answer: () => jsonReply({ routes: listOf(routes) }) },
    {
      method: 'GET',
      path: '/api/stream',
      does: 'Server-sent events for the live page: `first`, then `next` every second.',
      answer({ request, response }) {
        if (request.method === 'HEAD') return { headers: { 'content-type': 'text/event-stream' }, body: '' };
        stream.join(response);
        return undefined;
      },
    },
    ...poolRoutes(scheduler, watch, now),
    ...decisionRoutes(scheduler, watch, [watch.failures, source.explanations]),
    decideRoute(scheduler, {
      parsers: options.parsers,
      bodyBytes: options.bodyBytes ?? DEFAULT_BODY_BYTES,
      priorityOf: options.priorityOf,
    }),
    ...processRoutes(options, log),
  ];
  return {
    handler(request, response) {
      const isHead = request.method === 'HEAD';
      answer(request, response, routes, guard).then(
        (reply) => {
          if (reply !== undefined) send(response, reply, isHead);
        },
        (thrown: unknown) => {
          const error = errorOf(thrown);
          if (!(thrown instanceof AdminError)) log.error(`admin request failed: ${error.message}`);
          send(response, errorReply(error), isHead);
        },
      );
    },
    close() {
      watch.stop();
      stream.close();
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  routes: readonly Route[],
  guard: Guard,
): Promise<Reply | undefined> {
  guard.checkOrigin(request);
  const url = new URL(targetOf(request), 'http://localhost');
  // The page itself holds no data; it asks for the token when the API wants one.
  if (url.pathname !== '/') guard.checkToken(request);
  const { route, name } = findRoute(routes, request.method ?? 'GET', url.pathname);
  return route.answer({ request, response, params: url.searchParams, name });
}

/** @throws AdminError 400 */
function targetOf({ url = '/' }: IncomingMessage): string {
  // `//host/path` would be read as another host.
  if (url.startsWith('/') && !url.startsWith('//') && URL.canParse(url, 'http://localhost')) return url;
  throw new AdminError(400, 'bad_path', 'The request target must be a path.');
}

function listOf(routes: readonly Route[]): unknown {
  return routes.map(({ method, path, does }) => ({ method, path: path.replace(':name', '{id}'), does }));
}

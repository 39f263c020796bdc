import { type Logger, PointsmanError } from '@pointsman/core';
import type { AdminOptions } from '../admin-options.ts';
import { AdminError } from '../http/admin-error.ts';
import { Query } from '../http/query.ts';
import { jsonReply } from '../http/respond.ts';
import type { Route } from '../http/router.ts';

/** What the host of the admin listener has put in: metrics, configuration, reload. */
export function processRoutes(
  { metricsPage, configuration, reload }: Pick<AdminOptions, 'metricsPage' | 'configuration' | 'reload'>,
  log: Logger,
): readonly Route[] {
  const routes: Route[] = [];
  if (metricsPage !== undefined) {
    routes.push({
      method: 'GET',
      path: '/metrics',
      does: 'Prometheus metrics.',
      answer({ request }) {
        const { contentType, pieces } = metricsPage(request.headers.accept);
        return { headers: { 'content-type': contentType, vary: 'accept' }, body: pieces };
      },
    });
  }
  if (configuration !== undefined) {
    routes.push({
      method: 'GET',
      path: '/api/config',
      does: 'The configuration at work.',
      async answer({ params }) {
        new Query(params, []);
        return jsonReply(await configuration());
      },
    });
  }
  if (reload !== undefined) routes.push(reloadRoute(reload, log));
  return routes;
}

function reloadRoute(reload: () => Promise<unknown>, log: Logger): Route {
  let isRunning = false;
  return {
    method: 'POST',
    path: '/api/reload',
    does: 'Loads the configuration anew. A bad one changes nothing, and the answer says why.',
    async answer({ params }) {
      new Query(params, []);
      if (isRunning) throw new AdminError(409, 'reload_running', 'A reload runs already. Try again when it is done.');
      isRunning = true;
      try {
        const result = await reload();
        log.info('configuration reloaded over the admin API');
        return jsonReply({ reloaded: true, result: result ?? null });
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        log.warn(`configuration not reloaded: ${message}`);
        throw new AdminError(422, 'reload_failed', message, {
          details: PointsmanError.is(error) ? { cause: error.code, hint: error.hint ?? null } : {},
        });
      } finally {
        isRunning = false;
      }
    },
  };
}

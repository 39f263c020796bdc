import { PointsmanError, type Scheduler } from '@pointsman/core';
import type { Parser, RequestHeaders } from '@pointsman/inference-api';
import { readJson } from '../http/read-json.ts';
import { jsonReply } from '../http/respond.ts';
import type { Route } from '../http/router.ts';
import { decideInput } from './decide-input.ts';

export interface DecideOptions {
  readonly parsers: readonly Parser[] | undefined;
  readonly bodyBytes: number;
  readonly priorityOf: ((headers: RequestHeaders) => number) | undefined;
}

/** What the scheduler would do with a request, without sending it anywhere. */
export function decideRoute(scheduler: Scheduler, options: DecideOptions): Route {
  return {
    method: 'POST',
    path: '/api/decide',
    does: 'Where a request would go, without sending it: {path, headers, body, model, priority, subset}.',
    async answer({ request, response }) {
      const json = await readJson(request, response, options.bodyBytes);
      const input = decideInput(json, options.parsers, options.priorityOf);
      const abort = new AbortController();
      response.once('close', () => abort.abort());
      try {
        const { decision } = await scheduler.schedule(input, { signal: abort.signal, dryRun: true });
        const { pool, target, fallbacks, companions } = decision;
        return jsonReply({
          pool,
          target: target.id,
          fallbacks: fallbacks.map((endpoint) => endpoint.id),
          companions: Object.fromEntries(Object.entries(companions).map(([role, endpoint]) => [role, endpoint.id])),
          explanation: decision.explain(),
          rejected: null,
        });
      } catch (error) {
        if (!PointsmanError.is(error)) throw error;
        if (error.code === 'ABORTED') return undefined;
        // What a client of the gateway would get. Here it answers the question: nothing has failed.
        const { code, httpStatus, message, reason = null, hint = null, drops } = error;
        return jsonReply({ rejected: { code, httpStatus, message, reason, hint, drops } });
      }
    },
  };
}

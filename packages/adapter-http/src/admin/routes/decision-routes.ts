import { type Explanation, formatExplanation, type Scheduler } from '@pointsman/core';
import { AdminError } from '../http/admin-error.ts';
import { Query } from '../http/query.ts';
import { jsonReply, type Reply, textReply } from '../http/respond.ts';
import type { Route } from '../http/router.ts';
import { DEFAULT_SLOW_MS } from '../traffic/decision-log.ts';
import type { ExplanationStore } from '../traffic/explanation-store.ts';
import type { TrafficWatch } from '../traffic/traffic-watch.ts';
import { poolsOf } from './pick-pool.ts';

const DEFAULT_LIMIT = 50;

/** What has been decided lately, and why. */
export function decisionRoutes(
  scheduler: Scheduler,
  watch: TrafficWatch,
  stores: readonly ExplanationStore[],
): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/api/decisions',
      does: 'Recent decisions and rejections, newest first: pool, limit, only=failed|slow, slowMs.',
      answer({ params }) {
        const query = new Query(params, ['pool', 'limit', 'only', 'slowMs']);
        const filter = {
          limit: query.integer('limit', DEFAULT_LIMIT, 1, 10_000),
          only: query.oneOf('only', ['failed', 'slow']),
          slowMs: query.integer('slowMs', DEFAULT_SLOW_MS, 0, 86_400_000),
        };
        const decisions = poolsOf(scheduler, query.text('pool'))
          .flatMap(({ name }) => watch.of(name).decisions.list(filter))
          .sort((a, b) => b.at - a.at);
        return jsonReply({ decisions: decisions.slice(0, filter.limit) });
      },
    },
    {
      method: 'GET',
      path: '/api/decisions/:name',
      does: 'Why one decision came out as it did: format=json|markdown|table, top.',
      answer({ name, params }) {
        const query = new Query(params, ['format', 'top']);
        const as = query.oneOf('format', ['json', 'markdown', 'table']) ?? 'json';
        const top = query.integer('top', 10, 1, 100_000);
        return explained(findExplanation(stores, name), as, top);
      },
    },
  ];
}

function explained(explanation: Explanation, as: 'json' | 'markdown' | 'table', top: number): Reply {
  if (as === 'json') return jsonReply(explanation);
  const type = as === 'markdown' ? 'text/markdown; charset=utf-8' : 'text/plain; charset=utf-8';
  return textReply(`${formatExplanation(explanation, { as, top })}\n`, type);
}

/** @throws AdminError 404 */
function findExplanation(stores: readonly ExplanationStore[], id: string): Explanation {
  for (const store of stores) {
    const explanation = store.find(id);
    if (explanation !== undefined) return explanation;
  }
  throw new AdminError(
    404,
    'not_remembered',
    `Decision "${id}" is not remembered. Only the most recent ones can be explained: raise recent.decisions or recent.bytes of the scheduler to keep more.`,
  );
}

import type { Scheduler } from '@pointsman/core';
import { Query } from '../http/query.ts';
import { jsonReply } from '../http/respond.ts';
import type { Route } from '../http/router.ts';
import type { TrafficWatch } from '../traffic/traffic-watch.ts';
import { endpointViews } from '../view/endpoint-view.ts';
import { poolsOf } from './pick-pool.ts';

/** What pools consist of, and how they do. */
export function poolRoutes(scheduler: Scheduler, watch: TrafficWatch, now: () => number): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/api/pools',
      does: 'The pools with their size and traffic: pool.',
      answer({ params }) {
        const pools = poolsOf(scheduler, new Query(params, ['pool']).text('pool')).map((pool) => ({
          name: pool.name,
          endpoints: pool.endpoints().length,
          openCalls: pool.openCalls,
          faults: pool.faultCounts(),
          traffic: watch.of(pool.name).traffic.points(now()),
        }));
        return jsonReply({ pools });
      },
    },
    {
      method: 'GET',
      path: '/api/endpoints',
      does: 'Endpoints with their load, data, scrapes, open calls, share of requests and hit rate: pool.',
      answer({ params }) {
        const endpoints = poolsOf(scheduler, new Query(params, ['pool']).text('pool')).flatMap((pool) => {
          const health = pool.health();
          const byId = new Map(pool.endpoints().map((endpoint) => [endpoint.id, endpoint]));
          return endpointViews(pool, watch.of(pool.name), now()).map((view) => ({
            pool: pool.name,
            ...view,
            scrapes: health.filter(({ endpoint }) => endpoint === view.id),
            data: pool.dataOf(byId.get(view.id)!),
          }));
        });
        return jsonReply({ endpoints });
      },
    },
    {
      method: 'GET',
      path: '/api/plugins',
      does: 'The plugins at work, what they show of their inner state, and how often they failed: pool.',
      answer({ params }) {
        const pools = poolsOf(scheduler, new Query(params, ['pool']).text('pool')).map((pool) => {
          const states = pool.inspect();
          return {
            pool: pool.name,
            plugins: pool.plugins().map((plugin) => ({ ...plugin, state: states[plugin.name] ?? null })),
            faults: pool.faultCounts(),
          };
        });
        return jsonReply({ pools });
      },
    },
  ];
}

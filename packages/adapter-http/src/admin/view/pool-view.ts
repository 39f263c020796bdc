import type { Pool } from '@pointsman/core';
import type { TrafficPoint } from '../traffic/pool-traffic.ts';
import type { WatchedPool } from '../traffic/traffic-watch.ts';
import type { DecisionsView } from './decisions-view.ts';
import { type EndpointView, endpointViews } from './endpoint-view.ts';

/** One pool in a message of the live stream. */
export interface PoolView {
  readonly name: string;
  readonly openCalls: number;
  readonly endpoints: readonly EndpointView[];
  /** Calls of plugins that failed, since the pool began. */
  readonly faults: number;
  /** Newest last. The first message has all of the last five minutes, later ones the newest spans. */
  readonly traffic: readonly TrafficPoint[];
  readonly decisions: DecisionsView;
}

export function poolView(
  pool: Pool,
  watched: WatchedPool,
  decisions: DecisionsView,
  now: number,
  spans: number | undefined,
): PoolView {
  return {
    name: pool.name,
    openCalls: pool.openCalls,
    endpoints: endpointViews(pool, watched, now),
    faults: Object.values(pool.faultCounts()).reduce((sum, count) => sum + count, 0),
    traffic: watched.traffic.points(now, spans),
    decisions,
  };
}

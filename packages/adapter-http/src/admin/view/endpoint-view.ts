import {
  cacheNumBlocks,
  type Endpoint,
  type EndpointHealth,
  kvCacheUsage,
  type Pool,
  runningRequestsSize,
  waitingQueueSize,
} from '@pointsman/core';
import type { EndpointFigures } from '../traffic/endpoint-traffic.ts';
import type { WatchedPool } from '../traffic/traffic-watch.ts';

/**
 * `ok`: its data is fetched. `failing`: the last scrape failed. `waiting`: nothing was fetched yet. `unwatched`: nothing is
 * fetched from it.
 */
export type EndpointState = 'ok' | 'failing' | 'waiting' | 'unwatched';

/** One endpoint, as the live page shows it. */
export interface EndpointView {
  readonly id: string;
  readonly hostPort: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: EndpointState;
  /** When the stalest of its scrapes last succeeded, in milliseconds since the epoch; null for never. */
  readonly dataAt: number | null;
  /** What the last failed scrape said. */
  readonly error: string | null;
  /** Null where the model server has not said. */
  readonly running: number | null;
  readonly waiting: number | null;
  /** Share of the KV cache in use, 0..1. */
  readonly kvUsage: number | null;
  readonly kvBlocks: number | null;
  /** Calls of this scheduler that run on it now. */
  readonly openCalls: number;
  /** Over the last minute. */
  readonly requests: number;
  readonly failed: number;
  /** Its part of the pool's requests, 0..1; null without any. */
  readonly share: number | null;
  readonly hitRate: number | null;
  readonly ttftMs: number | null;
}

const NOTHING: EndpointFigures = { placed: 0, failed: 0, hitRate: null, ttftMs: null };

export function endpointViews(pool: Pool, watched: WatchedPool, now: number): readonly EndpointView[] {
  const health = new Map<string, EndpointHealth[]>();
  for (const one of pool.health()) {
    const known = health.get(one.endpoint);
    if (known === undefined) health.set(one.endpoint, [one]);
    else known.push(one);
  }
  const endpoints = pool.endpoints();
  const figures = endpoints.map(({ id }) => watched.endpoints.get(id)?.figures(now) ?? NOTHING);
  const placed = figures.reduce((sum, figure) => sum + figure.placed, 0);
  return endpoints.map((endpoint, i) => {
    const { failed, hitRate, ttftMs, placed: requests } = figures[i]!;
    const { id, hostPort, labels } = endpoint;
    return {
      id,
      hostPort,
      labels,
      ...scrapesOf(health.get(id) ?? []),
      ...loadOf(pool, endpoint),
      openCalls: pool.openCallsOf(endpoint),
      requests,
      failed,
      share: placed === 0 ? null : requests / placed,
      hitRate,
      ttftMs,
    };
  });
}

function scrapesOf(scrapes: readonly EndpointHealth[]): Pick<EndpointView, 'state' | 'dataAt' | 'error'> {
  if (scrapes.length === 0) return { state: 'unwatched', dataAt: null, error: null };
  const times = scrapes.map(({ lastSuccessAt }) => lastSuccessAt);
  const dataAt = times.includes(null) ? null : Math.min(...(times as number[]));
  const failing = scrapes.find(({ failures }) => failures > 0);
  if (failing !== undefined) return { state: 'failing', dataAt, error: failing.lastError };
  return { state: dataAt === null ? 'waiting' : 'ok', dataAt, error: null };
}

function loadOf(pool: Pool, endpoint: Endpoint): Pick<EndpointView, 'running' | 'waiting' | 'kvUsage' | 'kvBlocks'> {
  const data = pool.dataOf(endpoint);
  const number = (id: string) => {
    const value = data[id];
    return typeof value === 'number' && Number.isFinite(value) ? value : null;
  };
  return {
    running: number(runningRequestsSize.id),
    waiting: number(waitingQueueSize.id),
    kvUsage: number(kvCacheUsage.id),
    kvBlocks: number(cacheNumBlocks.id),
  };
}

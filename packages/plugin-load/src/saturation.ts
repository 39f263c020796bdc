import type { Endpoint } from '@pointsman/core';

/** Load at which an endpoint counts as full. */
export interface UtilizationLimits {
  /** Waiting requests. */
  readonly queueDepthThreshold: number;
  /** Share of the KV cache in use. */
  readonly kvCacheUtilThreshold: number;
}

/** How full an endpoint is by its metrics: the larger of queue and KV-cache use, each over its limit. 1 is full. */
export function utilization(waiting: number, usage: number, limits: UtilizationLimits): number {
  return Math.max(waiting / limits.queueDepthThreshold, usage / limits.kvCacheUtilThreshold);
}

/**
 * How full a pool is: the mean over its endpoints, 1 being full. It may be more.
 * @param fullnessOf how full the endpoint in a row is
 * @param ofNone how full a pool without endpoints is
 */
export function saturation(endpoints: readonly Endpoint[], fullnessOf: (row: number) => number, ofNone: 0 | 1): number {
  let sum = 0;
  for (const { row } of endpoints) sum += fullnessOf(row);
  return endpoints.length === 0 ? ofNone : sum / endpoints.length;
}

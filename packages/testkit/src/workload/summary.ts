import type { ReplayedRequest } from './replay.ts';

/** A distribution in the values that people compare. Milliseconds. */
export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** What a replay came to. */
export interface ReplaySummary {
  readonly requests: number;
  readonly failed: number;
  readonly ttftMs: Quantiles;
  readonly e2eMs: Quantiles;
  /** Output tokens a second, over the whole run. */
  readonly outputTokensPerSecond: number;
  readonly requestsPerSecond: number;
  /** Cached prompt tokens over all prompt tokens, 0..1. */
  readonly prefixHitRate: number;
  /** Busiest endpoint's share of requests over an equal share; 1 is perfect. */
  readonly requestImbalance: number;
  /** The same for prompt tokens that had to be computed: what really keeps a server busy. */
  readonly workImbalance: number;
  /** Requests by endpoint. */
  readonly endpoints: Readonly<Record<string, number>>;
}

/** @param elapsedMs how long the replay took; @param endpointCount endpoints that could have served */
export function summarizeReplay(
  results: readonly ReplayedRequest[],
  elapsedMs: number,
  endpointCount: number,
): ReplaySummary {
  const served = results.filter((result) => result.error === undefined);
  const requests = new Map<string, number>();
  const work = new Map<string, number>();
  for (const { endpoint, promptTokens, cachedTokens } of served) {
    requests.set(endpoint, (requests.get(endpoint) ?? 0) + 1);
    work.set(endpoint, (work.get(endpoint) ?? 0) + promptTokens - cachedTokens);
  }
  const sum = (pick: (result: ReplayedRequest) => number) => served.reduce((total, result) => total + pick(result), 0);
  const promptTokens = sum((result) => result.promptTokens);
  return {
    requests: results.length,
    failed: results.length - served.length,
    ttftMs: quantiles(served.flatMap(({ firstTokenMs }) => (firstTokenMs === undefined ? [] : [firstTokenMs]))),
    e2eMs: quantiles(served.map(({ totalMs }) => totalMs)),
    outputTokensPerSecond: (sum((result) => result.outputTokens) / elapsedMs) * 1000,
    requestsPerSecond: (served.length / elapsedMs) * 1000,
    prefixHitRate: promptTokens === 0 ? 0 : sum((result) => result.cachedTokens) / promptTokens,
    requestImbalance: imbalance([...requests.values()], endpointCount),
    workImbalance: imbalance([...work.values()], endpointCount),
    endpoints: Object.fromEntries([...requests].sort(([a], [b]) => a.localeCompare(b))),
  };
}

function imbalance(shares: readonly number[], count: number): number {
  const total = shares.reduce((sum, share) => sum + share, 0);
  return total === 0 || count === 0 ? 1 : Math.max(...shares) / (total / count);
}

function quantiles(values: readonly number[]): Quantiles {
  const sorted = [...values].sort((a, b) => a - b);
  return { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), p99: quantile(sorted, 0.99) };
}

/** Linear interpolation between the neighbours (type 7). NaN for no values. */
export function quantile(sorted: readonly number[], q: number): number {
  if (sorted.length === 0) return Number.NaN;
  const position = (sorted.length - 1) * q;
  const below = sorted[Math.floor(position)]!;
  const above = sorted[Math.ceil(position)]!;
  return below + (above - below) * (position - Math.floor(position));
}

import type { Decision, Scheduler } from '@pointsman/core';

/** The weighted total of every endpoint that the primary profile scored, by `host:port`. */
export function endpointScores(decision: Decision, scheduler: Scheduler): Record<string, number> {
  const hostPorts = new Map(
    scheduler.pools
      .get(decision.pool)
      ?.endpoints()
      .map(({ id, hostPort }) => [id, hostPort]),
  );
  const scores: Record<string, number> = {};
  for (const { profile, candidates } of decision.explain().profiles) {
    if (profile !== decision.primaryProfile) continue;
    for (const { endpoint, total } of candidates) scores[hostPorts.get(endpoint) ?? endpoint] = total;
  }
  return scores;
}

import type { Endpoint } from '../contract/endpoint.ts';
import type { Considered, Snapshot } from './endpoint-table.ts';

/** @param subset ids, `host:port` or addresses of the only endpoints allowed; candidates then come in this order */
export function considerSubset(snapshot: Snapshot, subset: readonly string[] | undefined): Considered {
  if (subset === undefined) return snapshot.whole;
  const rankById = new Map(subset.map((name, rank) => [name, rank]));
  const rankOf = (endpoint: Endpoint) =>
    rankById.get(endpoint.id) ?? rankById.get(endpoint.hostPort) ?? rankById.get(endpoint.address);
  const allowed = snapshot.endpoints
    .map((endpoint, position) => ({
      endpoint,
      position,
      rank: rankOf(endpoint),
    }))
    .filter((entry) => entry.rank !== undefined)
    .sort((a, b) => a.rank! - b.rank!);
  return {
    positions: Int32Array.from(allowed, (entry) => entry.position),
    endpoints: allowed.map((entry) => entry.endpoint),
  };
}

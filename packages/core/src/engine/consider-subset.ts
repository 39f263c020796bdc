import type { Snapshot } from './endpoint-table.ts';

/** Positions of the endpoints that a proxy in front allows, by id or `host:port`, in pool order. */
export function considerSubset(snapshot: Snapshot, subset: readonly string[]): Int32Array {
  const allowed = new Set(subset);
  const positions: number[] = [];
  snapshot.endpoints.forEach((endpoint, position) => {
    if (allowed.has(endpoint.hostPort) || allowed.has(endpoint.id)) positions.push(position);
  });
  return Int32Array.from(positions);
}

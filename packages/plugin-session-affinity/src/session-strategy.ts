import type { Candidates, EndpointDirectory, Hooks, Lifetime } from '@pointsman/core';
import type { SessionCycle, SessionKeys } from './session-affinity-params.ts';

/** How the endpoint of a request's session is known, with the hooks and the lifetime that this takes. */
export interface SessionStrategy {
  /** Id of the endpoint that the session is on; undefined when nothing is known. */
  endpointOf(cycle: SessionCycle): string | undefined;
  /** Told when the session's endpoint was looked for in a profile. */
  looked?(cycle: SessionCycle, isCandidate: boolean): void;
  readonly parts: Pick<Hooks<SessionKeys>, 'postChoice' | 'progress'> & Pick<Lifetime, 'handOver' | 'inspect'>;
}

/** Index of the session's endpoint among the candidates; -1 when it has none or it is not there. */
export function findSession(
  strategy: SessionStrategy,
  endpoints: EndpointDirectory,
  candidates: Candidates,
  cycle: SessionCycle,
): number {
  const id = strategy.endpointOf(cycle);
  if (id === undefined) return -1;
  const endpoint = endpoints.byId(id);
  const index = endpoint === undefined ? -1 : indexOfRow(candidates, endpoint.row);
  strategy.looked?.(cycle, index !== -1);
  return index;
}

function indexOfRow(candidates: Candidates, row: number): number {
  const { rows, length } = candidates;
  for (let i = 0; i < length; i++) if (rows[i] === row) return i;
  return -1;
}

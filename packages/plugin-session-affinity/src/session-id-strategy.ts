import type { Decision } from '@pointsman/core';
import {
  type SessionAffinityParams,
  type SessionCycle,
  type SessionSource,
  sourceKey,
} from './session-affinity-params.ts';
import { type SessionState, SessionStore } from './session-store.ts';
import type { SessionStrategy } from './session-strategy.ts';

interface HandedOver {
  readonly profileName: string;
  readonly state: SessionState;
}

/**
 * The scheduler remembers which endpoint a session is on. A session stays there while the endpoint is a candidate; when
 * it was none, or when the call had to leave it, the session moves to where the request went.
 */
export function sessionIdStrategy(params: SessionAffinityParams, inherited: unknown): SessionStrategy {
  const { profileName, sessionIdConfig } = params;
  const limits = {
    ttlMs: sessionIdConfig.evictionTtlSeconds * 1000,
    sweepMs: sessionIdConfig.evictionSweepSeconds * 1000,
    maxBytes: sessionIdConfig.maxBytes,
  };
  const store = new SessionStore(limits, stateFrom(inherited, profileName));
  const readers = sessionIdConfig.sources.map(readerOf);
  // What the profiles of the decision that is being made saw; nothing else runs until its postChoice.
  let sequence = 0;
  let looks = 0;
  let sightings = 0;

  const sessionOf = (cycle: SessionCycle): string | undefined => {
    for (const read of readers) {
      const id = read(cycle)?.trim();
      if (id !== undefined && id !== '') return id;
    }
    return undefined;
  };

  return {
    endpointOf(cycle) {
      const id = sessionOf(cycle);
      return id === undefined ? undefined : store.get(id, cycle.now);
    },
    looked(cycle, isCandidate) {
      if (sequence !== cycle.sequence) {
        sequence = cycle.sequence;
        looks = 0;
        sightings = 0;
      }
      looks++;
      if (isCandidate) sightings++;
    },
    parts: {
      postChoice(cycle, decision) {
        const id = sessionOf(cycle);
        const picked = pickedBy(decision, profileName);
        if (id === undefined || picked === undefined) return;
        const bound = store.get(id, cycle.now);
        const wasAbsent = decision.attempt === 1 && sequence === cycle.sequence && looks > 0 && sightings === 0;
        const stays = bound !== undefined && bound !== picked && !wasAbsent && !wasLeft(decision, bound);
        if (!stays) store.put(id, picked, cycle.now);
      },
      handOver: (): HandedOver => ({ profileName, state: store.state }),
      inspect: () => ({ sessions: store.state.sessions.size, bytes: store.state.bytes }),
    },
  };
}

/** Reads a source. Attributes that are no text count as absent. */
function readerOf(source: SessionSource): (cycle: SessionCycle) => string | undefined {
  const key = sourceKey(source);
  if (key === undefined) return (cycle) => cycle.request.headers[source.header];
  return (cycle) => {
    const value = cycle.get(key);
    return typeof value === 'string' ? value : undefined;
  };
}

/** Id of the target of a profile; undefined when the profile did not run. */
function pickedBy(decision: Decision, profileName: string): string | undefined {
  if (profileName === '' || profileName === decision.primaryProfile) return decision.target.id;
  return decision.results.find(({ profile }) => profile === profileName)?.target.id;
}

/** True when the call was on that endpoint and has moved on to a fallback. */
function wasLeft(decision: Decision, endpointId: string): boolean {
  if (decision.attempt === 1 || decision.fallbacks.some(({ id }) => id === endpointId)) return false;
  const primary = decision.results.find(({ profile }) => profile === decision.primaryProfile);
  return primary?.picked.some(({ id }) => id === endpointId) === true;
}

/** Sessions of the instance before this one, when they are about the same profile. */
function stateFrom(inherited: unknown, profileName: string): SessionState | undefined {
  const handed = inherited as HandedOver | undefined;
  return handed?.state?.kind === 'pointsman-sessions/1' && handed.profileName === profileName
    ? handed.state
    : undefined;
}

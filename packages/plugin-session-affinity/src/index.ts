import type { PluginDefinition } from '@pointsman/core';
import { agentIdentityHook } from './agent-identity-hook.ts';
import { multiclusterSessionAffinityFilter, sessionAffinityFilter } from './session-affinity-filter.ts';
import { sessionAffinityScorer } from './session-affinity-scorer.ts';
import { sessionIdProducer } from './session-id-producer.ts';

export { sessionId } from './session-keys.ts';
export {
  agentIdentityHook,
  multiclusterSessionAffinityFilter,
  sessionAffinityFilter,
  sessionAffinityScorer,
  sessionIdProducer,
};

/** Every plugin of this package. */
export const sessionAffinityPlugins: readonly PluginDefinition[] = [
  sessionAffinityScorer,
  sessionAffinityFilter,
  multiclusterSessionAffinityFilter,
  sessionIdProducer,
  agentIdentityHook,
];

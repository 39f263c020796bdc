import type { PluginDefinition } from '@pointsman/core';
import { multiclusterSessionAffinityFilter, sessionAffinityFilter } from './session-affinity-filter.ts';
import { sessionAffinityScorer } from './session-affinity-scorer.ts';

export { multiclusterSessionAffinityFilter, sessionAffinityFilter, sessionAffinityScorer };

/** Every plugin of this package. */
export const sessionAffinityPlugins: readonly PluginDefinition[] = [
  sessionAffinityScorer,
  sessionAffinityFilter,
  multiclusterSessionAffinityFilter,
];

import type { PluginDefinition } from '@pointsman/core';
import { byLabelFilter } from './by-label-filter.ts';
import { contextLengthAware } from './context-length-aware.ts';
import { endpointAttributeFilter } from './endpoint-attribute-filter.ts';
import { endpointAttributeScorer } from './endpoint-attribute-scorer.ts';
import { headerBasedTestingFilter } from './header-based-testing-filter.ts';
import { headerLabelAffinityScorer } from './header-label-affinity-scorer.ts';
import { labelSelectorFilter } from './label-selector-filter.ts';
import { loraAffinityScorer } from './lora-affinity-scorer.ts';
import { decodeFilter, encodeFilter, prefillFilter } from './role-filters.ts';
import { topologyAffinityFilter } from './topology-affinity-filter.ts';
import { topologyAffinityScorer } from './topology-affinity-scorer.ts';
import { topologyExtractor } from './topology-extractor.ts';

export { type Topology, topology } from './topology.ts';
export {
  byLabelFilter,
  contextLengthAware,
  decodeFilter,
  encodeFilter,
  endpointAttributeFilter,
  endpointAttributeScorer,
  headerBasedTestingFilter,
  headerLabelAffinityScorer,
  labelSelectorFilter,
  loraAffinityScorer,
  prefillFilter,
  topologyAffinityFilter,
  topologyAffinityScorer,
  topologyExtractor,
};

/** Every plugin of this package. */
export const placementPlugins: readonly PluginDefinition[] = [
  labelSelectorFilter,
  byLabelFilter,
  decodeFilter,
  prefillFilter,
  encodeFilter,
  endpointAttributeFilter,
  endpointAttributeScorer,
  topologyExtractor,
  topologyAffinityFilter,
  topologyAffinityScorer,
  contextLengthAware,
  headerLabelAffinityScorer,
  headerBasedTestingFilter,
  loraAffinityScorer,
];

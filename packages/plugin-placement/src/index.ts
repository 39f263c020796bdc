import type { PluginDefinition } from '@pointsman/core';
import { byLabelFilter } from './by-label-filter.ts';
import { labelSelectorFilter } from './label-selector-filter.ts';
import { loraAffinityScorer } from './lora-affinity-scorer.ts';

export { byLabelFilter, labelSelectorFilter, loraAffinityScorer };

/** Every plugin of this package. */
export const placementPlugins: readonly PluginDefinition[] = [labelSelectorFilter, byLabelFilter, loraAffinityScorer];

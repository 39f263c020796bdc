import type { PluginDefinition } from '@pointsman/core';
import { byLabelFilter, labelSelectorFilter, loraAffinityScorer } from '@pointsman/plugin-placement';
import { maxScorePicker, randomPicker, singleProfileHandler, weightedRandomPicker } from '@pointsman/plugin-selection';

/** Every plugin that comes with Pointsman. What is not listed here is not found by its type name in configuration. */
export const builtinPlugins: readonly PluginDefinition[] = [
  maxScorePicker,
  randomPicker,
  weightedRandomPicker,
  singleProfileHandler,
  labelSelectorFilter,
  byLabelFilter,
  loraAffinityScorer,
];

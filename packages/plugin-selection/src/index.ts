import type { PluginDefinition } from '@pointsman/core';
import { maxScorePicker } from './max-score-picker.ts';
import { randomPicker } from './random-picker.ts';
import { singleProfileHandler } from './single-profile-handler.ts';
import { weightedRandomPicker } from './weighted-random-picker.ts';

export { maxScorePicker, randomPicker, singleProfileHandler, weightedRandomPicker };

/** Every plugin of this package. */
export const selectionPlugins: readonly PluginDefinition[] = [
  maxScorePicker,
  randomPicker,
  weightedRandomPicker,
  singleProfileHandler,
];

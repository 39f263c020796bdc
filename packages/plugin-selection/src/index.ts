import type { PluginDefinition } from '@pointsman/core';
import { dataParallelProfileHandler } from './data-parallel-profile-handler.ts';
import { headerProfileHandler } from './header-profile-handler.ts';
import { maxScorePicker } from './max-score-picker.ts';
import { randomPicker } from './random-picker.ts';
import { roundRobinPicker } from './round-robin-picker.ts';
import { singleProfileHandler } from './single-profile-handler.ts';
import { weightedRandomPicker } from './weighted-random-picker.ts';

export {
  dataParallelProfileHandler,
  headerProfileHandler,
  maxScorePicker,
  randomPicker,
  roundRobinPicker,
  singleProfileHandler,
  weightedRandomPicker,
};

/** Every plugin of this package. */
export const selectionPlugins: readonly PluginDefinition[] = [
  maxScorePicker,
  randomPicker,
  weightedRandomPicker,
  roundRobinPicker,
  singleProfileHandler,
  headerProfileHandler,
  dataParallelProfileHandler,
];

import { pluginLaws } from '@pointsman/testkit/conformance';
import { describe, it } from 'vitest';
import {
  dataParallelProfileHandler,
  headerProfileHandler,
  maxScorePicker,
  randomPicker,
  roundRobinPicker,
  singleProfileHandler,
  weightedRandomPicker,
} from '../src/index.ts';

describe.each([
  maxScorePicker({ maxNumOfEndpoints: 3 }),
  randomPicker({ maxNumOfEndpoints: 3 }),
  roundRobinPicker({ maxNumOfEndpoints: 3 }),
  weightedRandomPicker({ maxNumOfEndpoints: 3 }),
  singleProfileHandler(),
  headerProfileHandler(),
  dataParallelProfileHandler(),
])('laws of $definition.type', (use) => {
  it.each(pluginLaws(use))('$name', ({ check }) => check());
});

describe.each([headerProfileHandler(), dataParallelProfileHandler()])(
  'laws of $definition.type with two profiles',
  (use) => {
    const options = { profiles: ['decode', 'prefill'], headers: { 'epp-profile': ['prefill', ' decode ', 'nobody'] } };
    it.each(pluginLaws(use, options))('$name', ({ check }) => check());
  },
);

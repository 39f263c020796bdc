import { pluginLaws } from '@pointsman/testkit/conformance';
import { describe, it } from 'vitest';
import { maxScorePicker, randomPicker, singleProfileHandler, weightedRandomPicker } from '../src/index.ts';

describe.each([
  maxScorePicker({ maxNumOfEndpoints: 3 }),
  randomPicker({ maxNumOfEndpoints: 3 }),
  weightedRandomPicker({ maxNumOfEndpoints: 3 }),
])('laws of $definition.type', (use) => {
  it.each(pluginLaws(use))('$name', ({ check }) => check());
});

describe('laws of single-profile-handler', () => {
  it.each(pluginLaws(singleProfileHandler()))('$name', ({ check }) => check());
});

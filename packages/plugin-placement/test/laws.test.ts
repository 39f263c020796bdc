import { pluginLaws } from '@pointsman/testkit/conformance';
import { describe, it } from 'vitest';
import { byLabelFilter, labelSelectorFilter, loraAffinityScorer } from '../src/index.ts';

const labels = { zone: ['a', 'b'], gpu: ['h100', 'l4'] };

describe.each([
  labelSelectorFilter({ matchLabels: { zone: 'a' }, matchExpressions: [{ key: 'gpu', operator: 'Exists' }] }),
  labelSelectorFilter({ matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['a'] }] }),
  byLabelFilter({ label: 'zone', validValues: ['b'], allowsNoLabel: true }),
  loraAffinityScorer(),
])('laws of $definition.type', (use) => {
  it.each(pluginLaws(use, { labels }))('$name', ({ check }) => check());
});

import { peerEndpoint } from '@pointsman/core';
import { pluginLaws } from '@pointsman/testkit/conformance';
import { describe, it } from 'vitest';
import {
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
  topology,
  topologyAffinityFilter,
  topologyAffinityScorer,
  topologyExtractor,
} from '../src/index.ts';

const labels = {
  zone: ['a', 'b'],
  'llm-d.ai/role': ['decode', 'prefill', 'encode', 'both', 'encode-prefill', 'encode-prefill-decode', '', 'draft'],
  gpu: ['h100', 'l4'],
  'llm-d.ai/context-length-range': ['0-4', '2-8', ' 5 - 100 ', '8-2', '1e3-2e3', '7'],
  'kubernetes.io/hostname': ['h1', 'h2'],
  'topology.kubernetes.io/zone': ['a', 'b'],
};
const headers = {
  'x-zone': ['a', 'b'],
  'test-epp-endpoint-selection': ['10.0.0.97', '10.0.0.98:8000, 10.0.0.97', '[10.0.0.99]', ',,'],
};
const peer = { id: 'ns/gone', row: 3, incarnation: 999, labels: {} };
const values = {
  [topology().id]: [
    { hostname: 'h1', rack: 'r1', zone: 'a', region: 'eu' },
    { hostname: 'h2', rack: '', zone: 'a', region: '' },
    { zone: 'b' },
    {},
    'h1',
    7,
  ],
  [peerEndpoint.id]: [peer],
};
const linear = { type: 'linear_lower_is_better' as const };

describe.each([
  labelSelectorFilter({ matchLabels: { zone: 'a' }, matchExpressions: [{ key: 'gpu', operator: 'Exists' }] }),
  labelSelectorFilter({ matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['a'] }] }),
  byLabelFilter({ label: 'zone', validValues: ['b'], allowsNoLabel: true }),
  decodeFilter(),
  prefillFilter(),
  encodeFilter(),
  endpointAttributeFilter({
    attribute: 'q',
    algorithm: { type: 'threshold', threshold: { operator: 'LessThan', value: 5 } },
    fallbackOnEmpty: true,
  }),
  endpointAttributeScorer({ attributeKey: 'q', algorithm: linear }),
  endpointAttributeScorer({
    attributeKey: 'q',
    producer: '',
    algorithm: { type: 'linear_higher_is_better', normalization: { fixedRange: { min: -1, max: 10 } } },
  }),
  topologyExtractor(),
  topologyAffinityFilter({ minAffinity: 'zone' }),
  topologyAffinityScorer(),
  contextLengthAware({ enableFiltering: true }),
  headerLabelAffinityScorer({ headerName: 'X-Zone', labelKey: 'zone' }),
  loraAffinityScorer(),
])('laws of $definition.type', (use) => {
  it.each(pluginLaws(use, { labels, headers, values }))('$name', ({ check }) => check());
});

describe('laws of header-based-testing-filter', () => {
  it.each(pluginLaws(headerBasedTestingFilter(), { headers }))('$name', ({ check }) => check());
});

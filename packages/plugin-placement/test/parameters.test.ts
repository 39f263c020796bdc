import type { PluginFactory } from '@pointsman/core';
import { describe, expect, it } from 'vitest';
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
  topologyAffinityFilter,
  topologyAffinityScorer,
  topologyExtractor,
} from '../src/index.ts';

const below = (value: unknown) => ({ type: 'threshold', threshold: { operator: 'LessThan', value } });
const linear = { type: 'linear_lower_is_better' };
const fixed = (fixedRange: unknown) => ({ attributeKey: 'q', algorithm: { ...linear, normalization: { fixedRange } } });
const tooLong = 'x'.repeat(64);

/** A factory, parameters that it has to refuse, and what the message has to name. */
const wrong: readonly [PluginFactory, unknown, RegExp][] = [
  [labelSelectorFilter, { matchLabel: {} }, /matchLabel/],
  [labelSelectorFilter, { matchLabels: { a: 1 } }, /matchLabels/],
  [labelSelectorFilter, { matchLabels: { 'a b': 'x' } }, /is no label key/],
  [labelSelectorFilter, { matchLabels: { [tooLong]: 'x' } }, /is no label key/],
  [labelSelectorFilter, { matchLabels: { a: tooLong } }, /is no label value/],
  [labelSelectorFilter, { matchExpressions: {} }, /matchExpressions/],
  [labelSelectorFilter, { matchExpressions: [{ key: 'a', operator: 'in', values: ['x'] }] }, /operator/],
  [labelSelectorFilter, { matchExpressions: [{ key: 'a', operator: 'In' }] }, /values/],
  [labelSelectorFilter, { matchExpressions: [{ key: 'a', operator: 'In', values: [] }] }, /values/],
  [labelSelectorFilter, { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['x'] }] }, /values/],
  [byLabelFilter, {}, /label/],
  [byLabelFilter, { label: '', validValues: ['x'] }, /label/],
  [byLabelFilter, { label: 'a' }, /validValues/],
  [byLabelFilter, { label: 'a', validValues: 'x' }, /validValues/],
  [byLabelFilter, { label: 'a', validValues: ['x'], allowsNoLabel: 'yes' }, /allowsNoLabel/],
  [byLabelFilter, { label: 'a', validValues: ['x'], allowNoLabel: true }, /allowNoLabel/],
  [endpointAttributeFilter, {}, /attribute/],
  [endpointAttributeFilter, { attribute: '', algorithm: below(1) }, /attribute/],
  [endpointAttributeFilter, { attribute: 7, algorithm: below(1) }, /attribute/],
  [endpointAttributeFilter, { attribute: 'a/b', algorithm: below(1) }, /"a\/b" has a slash/],
  [endpointAttributeFilter, { attribute: 'a', producer: 3, algorithm: below(1) }, /producer/],
  [endpointAttributeFilter, { attribute: 'a' }, /algorithm/],
  [endpointAttributeFilter, { attribute: 'a', algorithm: { type: 'threshold' } }, /threshold/],
  [endpointAttributeFilter, { attribute: 'a', algorithm: { type: 'range', threshold: {} } }, /type/],
  [endpointAttributeFilter, { attribute: 'a', algorithm: below('1') }, /value/],
  [endpointAttributeFilter, { attribute: 'a', algorithm: below(Number.NaN) }, /value/],
  [endpointAttributeFilter, { attribute: 'a', algorithm: below(Number.POSITIVE_INFINITY) }, /value/],
  [endpointAttributeFilter, { attribute: 'a', algorithm: below(1), onMissing: 'pass' }, /onMissing/],
  [endpointAttributeFilter, { attribute: 'a', algorithm: below(1), fallbackOnEmpty: 1 }, /fallbackOnEmpty/],
  [endpointAttributeFilter, { attribute: 'a', algorithm: below(1), fallback: true }, /fallback/],
  [endpointAttributeScorer, {}, /attributeKey/],
  [endpointAttributeScorer, { attributeKey: 'a/b', algorithm: linear }, /has a slash/],
  [endpointAttributeScorer, { attributeKey: 'q', algorithm: { type: 'linear' } }, /type/],
  [endpointAttributeScorer, { attributeKey: 'q', algorithm: linear, weight: 2 }, /weight/],
  [endpointAttributeScorer, fixed({ min: 1, max: 1 }), /min that is less than max/],
  [endpointAttributeScorer, fixed({ min: 5, max: -1e300 }), /min that is less than max/],
  [endpointAttributeScorer, fixed({ min: 0, max: '1' }), /max/],
  [endpointAttributeScorer, fixed({ min: 0, max: 1, step: 1 }), /step/],
  [
    endpointAttributeScorer,
    {
      attributeKey: 'q',
      algorithm: { ...linear, normalization: { fixedRange: { min: 0, max: 1 }, adaptiveRange: {} } },
    },
    /one of fixedRange and adaptiveRange/,
  ],
  [topologyAffinityFilter, { minAffinity: 'none' }, /minAffinity/],
  [topologyAffinityFilter, { minAffinity: 0 }, /minAffinity/],
  [topologyAffinityFilter, { minAffinity: 'Host' }, /minAffinity/],
  [topologyAffinityFilter, { topologyProducerName: null }, /topologyProducerName/],
  [topologyAffinityFilter, { maxAffinity: 'zone' }, /maxAffinity/],
  [topologyAffinityScorer, { topologyProducerName: 1 }, /topologyProducerName/],
  [topologyAffinityScorer, { minAffinity: 'zone' }, /minAffinity/],
  [topologyExtractor, { zone: '' }, /zone/],
  [topologyExtractor, { hostname: 1 }, /hostname/],
  [topologyExtractor, { host: 'a' }, /host/],
  [contextLengthAware, { label: '' }, /label/],
  [contextLengthAware, { label: 1 }, /label/],
  [contextLengthAware, { enableFiltering: 'true' }, /enableFiltering/],
  [contextLengthAware, { filtering: true }, /filtering/],
  [headerLabelAffinityScorer, {}, /headerName/],
  [headerLabelAffinityScorer, { headerName: 'x' }, /labelKey/],
  [headerLabelAffinityScorer, { headerName: '', labelKey: 'y' }, /headerName/],
  [headerLabelAffinityScorer, { headerName: 'x', labelKey: 1 }, /labelKey/],
  [headerLabelAffinityScorer, { headerName: 'x', labelKey: 'y', value: 'z' }, /value/],
] as const as readonly [PluginFactory, unknown, RegExp][];

describe('parameters', () => {
  it.each(
    wrong.map(
      ([factory, params, message]) => [factory.type, JSON.stringify(params), factory, params, message] as const,
    ),
  )('%s refuses %s', (type, _, factory, params, message) => {
    expect(() => factory(params)).toThrow(
      expect.objectContaining({ code: 'PARAMS_INVALID', plugin: type, message: expect.stringMatching(message) }),
    );
  });

  it.each([loraAffinityScorer, headerBasedTestingFilter, decodeFilter, prefillFilter, encodeFilter])(
    '$type takes none, and minds none, as the reference',
    (factory) => {
      expect(() => factory({ unknownKey: 1 })).not.toThrow();
    },
  );
});

import { type PluginFactory, PointsmanError } from '@pointsman/core';
import { describe, expect, it } from 'vitest';
import { endpointSpeedProducer, expectedLatencyScorer } from '../src/index.ts';

/** Every parameter with what it must refuse. */
const wrong: readonly (readonly [factory: PluginFactory, parameter: string, values: readonly unknown[]])[] = [
  [endpointSpeedProducer, 'memoryRequests', [3, 0, -1, 4.5, '32', true, null, Number.NaN, Infinity, 1e300]],
  [endpointSpeedProducer, 'hardwareLabel', ['', 5, null, {}]],
  [endpointSpeedProducer, 'prefixMatchInfoProducerName', ['', 5, null]],
  [endpointSpeedProducer, 'inFlightLoadProducerName', ['', 5, null]],
  [endpointSpeedProducer, 'unheardOf', [1]],
  [expectedLatencyScorer, 'tpotWeight', [-0.1, 1.1, '0.2', true, null, Number.NaN, Infinity]],
  [expectedLatencyScorer, 'outputTokens', [0, -1, 1.5, '10', null, Number.NaN, 1e300]],
  [expectedLatencyScorer, 'exploration', [-0.1, 1.1, '0.2', true, null, Number.NaN, Infinity]],
  [expectedLatencyScorer, 'endpointSpeedProducerName', ['', 5, null]],
  [expectedLatencyScorer, 'unheardOf', [1]],
];

function bind(factory: PluginFactory, params: unknown): PointsmanError | undefined {
  try {
    factory(params as never);
    return undefined;
  } catch (error) {
    if (PointsmanError.is(error, 'PARAMS_INVALID')) return error;
    throw error;
  }
}

describe.each(wrong.map(([factory, parameter, values]) => [factory.type, parameter, factory, values] as const))(
  '%s: %s',
  (_type, parameter, factory, values) => {
    it.each(values.map((value) => [value]))('refuses %s', (value) => {
      expect(bind(factory, { [parameter]: value })?.message).toContain(parameter);
    });
  },
);

it('takes what is allowed', () => {
  expect(bind(endpointSpeedProducer, { memoryRequests: 4, hardwareLabel: 'gpu' })).toBeUndefined();
  expect(bind(expectedLatencyScorer, { tpotWeight: 1, outputTokens: 1, exploration: 0 })).toBeUndefined();
});

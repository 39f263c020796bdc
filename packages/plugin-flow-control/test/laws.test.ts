import { type PluginUse, usePlugin } from '@pointsman/core';
import { pluginLaws } from '@pointsman/testkit/conformance';
import { describe, it } from 'vitest';
import { flowControl, sheddableAdmitter } from '../src/index.ts';

/** The same plugin, which knows by itself how full the pool is: so it needs no other one. */
function selfContained({ definition, params, name }: PluginUse, saturation: number): PluginUse {
  const create: typeof definition.create = (context) => ({
    ...definition.create(context),
    saturation: () => saturation,
  });
  return usePlugin({ ...definition, create }, params, name);
}

const options = {
  headers: {
    'x-llm-d-inference-fairness-id': ['a', 'b', ''],
    'x-llm-d-slo-ttft-ms': ['100', '-1', 'x'],
    'content-length': ['5', 'x'],
  },
  payloads: [{ body: new Uint8Array(3) }, { body: new Uint8Array(0) }],
};

describe.each([
  flowControl({
    saturationDetector: 'flow-control',
    defaultBand: { fairness: 'round-robin-fairness-policy', ordering: 'slo-deadline-ordering-policy' },
  }),
  flowControl({
    saturationDetector: 'flow-control',
    usageLimit: { type: 'priority-holdback-policy', params: { minCeiling: 0.5 } },
  }),
  flowControl({
    saturationDetector: 'flow-control',
    defaultBand: { fairness: 'program-aware-fairness' },
    eviction: { graceMs: 10 },
  }),
])('laws of flow-control', (use) => {
  // In a pool without endpoints requests wait for some, and time stands still in the suite.
  const laws = pluginLaws(selfContained(use, 0.4), options).filter(({ name }) => !name.includes('without endpoints'));
  it.each(laws)('$name', ({ check }) => check());
});

describe.each([0.5, 1])('laws of sheddable-admitter in a pool that is full to %d', (saturation) => {
  const use = sheddableAdmitter({ saturationDetector: 'sheddable-admitter' });
  it.each(pluginLaws(selfContained(use, saturation)))('$name', ({ check }) => check());
});

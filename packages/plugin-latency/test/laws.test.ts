import { pluginLaws } from '@pointsman/testkit/conformance';
import { describe, it } from 'vitest';
import { endpointSpeedProducer, expectedLatencyScorer, expectedOutputTokens } from '../src/index.ts';

const values = { [expectedOutputTokens().id]: [undefined, 0, -1, Number.NaN, Infinity, 1, 100, 1e300, '7', null] };

describe.each([
  expectedLatencyScorer({ exploration: 0 }),
  expectedLatencyScorer({ exploration: 0, tpotWeight: 0 }),
  expectedLatencyScorer({ exploration: 0, tpotWeight: 1, outputTokens: 1 }),
])('laws of $definition.type %#', (use) => {
  it.each(pluginLaws(use, { values }))('$name', ({ check }) => check());
});

describe('laws of expected-latency-scorer that explores', () => {
  // Whom it tries depends on chance, and chance on the number of the decision.
  const byChance = new Set(['pays no attention to the order of endpoints']);
  const laws = pluginLaws(expectedLatencyScorer({ exploration: 1 }), { values, remembers: true });
  it.each(laws.filter(({ name }) => !byChance.has(name)))('$name', ({ check }) => check());
});

describe('laws of endpoint-speed-producer', () => {
  const headers = {};
  it.each(pluginLaws(endpointSpeedProducer({ hardwareLabel: 'gpu' }), { headers, labels: { gpu: ['a', 'b'] } }))(
    '$name',
    ({ check }) => check(),
  );
});

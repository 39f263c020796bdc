import { createScheduler } from '@pointsman/core';
import { maxScorePicker } from '@pointsman/plugin-selection';
import { pluginLaws } from '@pointsman/testkit/conformance';
import { createTestBench } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { sameZone } from '../src/index.ts';

const zone = (name: string) => ({ 'topology.kubernetes.io/zone': name });

describe('same-zone', () => {
  it('scores by zone', async () => {
    await using bench = createTestBench({
      endpoints: [
        { id: 'default/near', labels: zone('a') },
        { id: 'default/far', labels: zone('b') },
        { id: 'default/nowhere' },
      ],
      profiles: { default: { scorers: [sameZone({ zone: 'a', penalty: 0.2 })] } },
    });
    const run = await bench.run();
    expect(run.scores('same-zone')).toEqual({ 'default/near': 1, 'default/far': 0.8, 'default/nowhere': 0.8 });
  });

  it('decides, and says why', async () => {
    await using scheduler = createScheduler({
      endpoints: [
        { name: 'far', address: '10.0.0.1', port: 8000, labels: zone('b') },
        { name: 'near', address: '10.0.0.2', port: 8000, labels: zone('a') },
      ],
      profiles: { default: { scorers: [sameZone({ zone: 'a' })], picker: maxScorePicker() } },
    });
    await using call = await scheduler.schedule({ model: 'any' });
    expect(call.decision.target.id).toBe('default/near');
    expect(call.decision.explain().profiles[0]?.margin).toBe(0.5);
  });

  it('refuses parameters that make no sense', () => {
    expect(() => sameZone({ zone: 'a', penalty: 2 })).toThrow(/penalty/);
    // @ts-expect-error: the zone is required
    expect(() => sameZone({})).toThrow(/zone/);
  });
});

describe('laws that every plugin keeps', () => {
  const labels = { 'topology.kubernetes.io/zone': ['a', 'b'] };
  it.each(pluginLaws(sameZone({ zone: 'a' }), { labels }))('$name', ({ check }) => check());
});

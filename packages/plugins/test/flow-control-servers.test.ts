import { createCatalog, createConfiguredScheduler } from '@pointsman/config';
import { parseRequest } from '@pointsman/inference-api';
import { createSimServer } from '@pointsman/testkit/sim';
import { expect, test } from 'vitest';
import { builtinPlugins } from '../src/index.ts';

const PLACES = 2;

/** Flow control over two simulated model servers, each of which works on two requests at a time. */
test('model servers get no more than they can work on, and the important first', async () => {
  const sims = await Promise.all(
    [0, 1].map(() => createSimServer({ port: 0, model: 'm', maxNumSeqs: PLACES, interTokenLatency: '1ms' })),
  );
  const text = JSON.stringify({
    featureGates: ['flowControl'],
    plugins: [
      { type: 'queue-scorer' },
      { type: 'round-robin-fairness-policy' },
      { type: 'concurrency-detector', parameters: { maxConcurrency: PLACES } },
      { type: 'max-score-picker' },
    ],
    schedulingProfiles: [
      { name: 'default', plugins: [{ pluginRef: 'concurrency-detector' }, { pluginRef: 'queue-scorer' }] },
    ],
    flowControl: {
      saturationDetector: { pluginRef: 'concurrency-detector' },
      defaultPriorityBand: { fairnessPolicyRef: 'round-robin-fairness-policy' },
    },
    endpoints: sims.map(({ url }) => url),
  });
  try {
    await using configured = await createConfiguredScheduler({ catalog: createCatalog(builtinPlugins), text });
    const { scheduler } = configured;
    await scheduler.start();
    const order: string[] = [];
    scheduler.on('decision', (_, { id }) => void order.push(id));
    let mostWaiting = 0;

    const complete = async (id: string, priority: number, tenant: string) => {
      const body = Buffer.from(
        JSON.stringify({ model: 'm', prompt: `request ${id}`, max_tokens: 5, ignore_eos: true }),
      );
      const headers = { 'content-type': 'application/json', 'x-llm-d-inference-fairness-id': tenant };
      const payload = parseRequest({ path: '/v1/completions', headers, body });
      await using call = await scheduler.schedule({ id, model: 'm', priority, headers, payload });
      const response = await fetch(new URL('/v1/completions', call.decision.target.origin), {
        method: 'POST',
        headers,
        body,
      });
      mostWaiting = Math.max(mostWaiting, ...sims.map((sim) => sim.stats().waiting));
      await response.text();
      call.end();
      return response.status;
    };
    const numbers = Array.from({ length: 16 }, (_, i) => i);
    const statuses = await Promise.all([
      ...numbers.map((i) => complete(`batch ${i}`, -10, 'batch')),
      ...numbers.map((i) => complete(`a ${i}`, 0, 'a')),
      ...numbers.map((i) => complete(`b ${i}`, 0, 'b')),
    ]);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(mostWaiting).toBe(0);
    // The first found the pool empty, and all others came while it was on its way. Then it is both tenants in turns.
    expect(order).toEqual([
      'batch 0',
      ...numbers.flatMap((i) => [`a ${i}`, `b ${i}`]),
      ...numbers.slice(1).map((i) => `batch ${i}`),
    ]);
    expect(scheduler.pools.get('default')!.faultCounts()).toEqual({});
  } finally {
    await Promise.all(sims.map((sim) => sim.close()));
  }
});

import { createScheduler, staticEndpoints } from '@pointsman/core';
import { expect, it } from 'vitest';
import { createBodyRouter, createExtProcServer } from '../../src/index.ts';
import { inOrderPicker } from '../server/in-order-picker.ts';
import { chat } from './rig/chat.ts';
import { createRig } from './rig/create-rig.ts';
import { describeWithEnvoy } from './rig/describe-with-envoy.ts';
import { ModelServer } from './rig/model-server.ts';
import { send } from './rig/send.ts';

describeWithEnvoy('body-based routing in front of two pools', () => {
  it('sends each model to its pool, and within it where its picker says', async () => {
    const ends: (() => unknown)[] = [];
    try {
      const second = await ModelServer.start();
      ends.push(() => second.die());
      const scheduler = createScheduler({
        endpoints: staticEndpoints([second.url]),
        profiles: { default: { picker: inOrderPicker() } },
      });
      ends.push(() => scheduler.close());
      await scheduler.start();
      const secondPicker = createExtProcServer({ scheduler });
      ends.push(() => secondPicker.close());
      const router = createExtProcServer({
        processor: createBodyRouter({ baseModels: { 'second-model': ['lora-b'] } }),
      });
      ends.push(() => router.close());
      const listen = async (server: typeof router) => [await server.listen({ host: '127.0.0.1', port: 0 })];
      const ports = { 'second-picker': await listen(secondPicker), 'body-router': await listen(router) };
      await using rig = await createRig({ config: 'bbr', ports });

      for (const bytes of [10, 220_000]) {
        for (const model of ['m0', 'm1', 'second-model', 'lora-b']) {
          const body = chat(model, { bytes });
          // What the client says of models does not count.
          const headers = { 'x-gateway-base-model-name': 'second-model', 'x-gateway-model-name': 'm0' };
          expect((await send(rig.envoy.origin, { body, headers })).status).toBe(200);
          const server = { m0: rig.models[0]!, m1: rig.models[1]! }[model] ?? second;
          expect(server.last?.body.toString()).toBe(body);
          expect(server.last?.headers['x-gateway-model-name']).toBe(model);
        }
      }
      expect([...rig.models, second].map(({ arrivals }) => arrivals.length)).toEqual([2, 2, 4]);
      await rig.settled();
      while (secondPicker.openStreams + router.openStreams > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    } finally {
      for (const end of ends.reverse()) await end();
    }
  });
});

import { expect, it } from 'vitest';
import { chat } from './rig/chat.ts';
import { createRig } from './rig/create-rig.ts';
import { describeWithEnvoy } from './rig/describe-with-envoy.ts';
import type { ModelServer } from './rig/model-server.ts';
import { send } from './rig/send.ts';
import { connectionManager, type EnvoyConfig } from './rig/shipped-config.ts';

/** Has Envoy name these endpoints. */
const naming = (subset: (port: number) => unknown) => (config: EnvoyConfig, models: readonly ModelServer[]) => {
  const [filter] = connectionManager(config).http_filters;
  const { metadata } = filter!.typed_config as { metadata: [{ value: Record<string, unknown> }] };
  metadata[0].value['x-gateway-destination-endpoint-subset'] = subset(models[1]!.port);
};

describeWithEnvoy('behind Envoy, with a subset hint', () => {
  it.each([
    ['a list', (port: number) => [`127.0.0.1:${port}`, '10.9.9.9:80']],
    ['a text', (port: number) => `10.9.9.9:80,127.0.0.1:${port}`],
  ])('sends requests, with and without a body, only where it says as %s', async (_form, subset) => {
    await using rig = await createRig({ config: 'subset', edit: naming(subset) });
    for (const sent of [{ body: chat('m0') }, { body: chat('m1') }, { method: 'GET', path: '/v1/models' }]) {
      expect((await send(rig.envoy.origin, sent)).status).toBe(200);
    }
    expect(rig.models.map(({ arrivals }) => arrivals.length)).toEqual([0, 3]);
    await rig.settled();
  });

  it.each([
    ['others', () => ['10.9.9.9:80']],
    ['nobody', () => []],
  ])('answers 503 when it names %s', async (_who, subset) => {
    await using rig = await createRig({ config: 'subset', edit: naming(subset) });
    const received = await send(rig.envoy.origin, { body: chat('m0') });
    expect(received.status).toBe(503);
    expect(rig.models.map(({ arrivals }) => arrivals.length)).toEqual([0, 0]);
  });

  it('is not followed by a picker that is told to ignore it', async () => {
    await using rig = await createRig({
      config: 'subset',
      edit: naming(() => ['10.9.9.9:80']),
      server: { ignoresSubset: true },
    });
    expect((await send(rig.envoy.origin, { body: chat('m0') })).status).toBe(200);
    expect(rig.models[0]!.arrivals).toHaveLength(1);
  });
});

import { createCatalog, createConfiguredScheduler } from '@pointsman/config';
import { builtinPlugins } from '@pointsman/plugins';
import { expect, it } from 'vitest';
import { chat } from './rig/chat.ts';
import { createRig } from './rig/create-rig.ts';
import { describeWithEnvoy } from './rig/describe-with-envoy.ts';
import { ModelServer } from './rig/model-server.ts';
import { send } from './rig/send.ts';

/** As the conformance tests of the Endpoint Picker Protocol configure a picker: requests name their endpoint. */
const configFor = (models: readonly ModelServer[]) => `plugins:
  - { type: header-based-testing-filter }
  - { type: destination-endpoint-served-verifier }
schedulingProfiles: [{ name: default, plugins: [{ pluginRef: header-based-testing-filter }] }]
endpoints: [${models.map(({ port }) => `"http://127.0.0.1:${port}"`).join(', ')}]
`;

describeWithEnvoy('behind Envoy, with requests that name their endpoint', () => {
  it('each of many at once goes there, with and without a body', async () => {
    const models = await Promise.all([ModelServer.start(), ModelServer.start(), ModelServer.start()]);
    for (const model of models) {
      model.answer = (_arrival, response) => {
        response.setHeader('x-answered-by', String(model.port));
        response.end();
      };
    }
    const configured = await createConfiguredScheduler({
      text: configFor(models),
      catalog: createCatalog(builtinPlugins),
    });
    try {
      await using rig = await createRig({ models: 0, scheduler: () => configured.scheduler });
      const ask = async (i: number) => {
        const port = String(models[i % 3]!.port);
        const headers = { 'test-epp-endpoint-selection': `127.0.0.1:${port}` };
        const sent = i % 2 === 0 ? { body: chat('m') } : { method: 'GET', path: '/v1/models' };
        const received = await send(rig.envoy.origin, { ...sent, headers });
        expect(received).toMatchObject({ status: 200, headers: { 'x-answered-by': port } });
        // Envoy's own clusters tell nobody who served.
        expect(received.headers['x-conformance-test-served-endpoint']).toBe('fail: missing envoy lb metadata');
      };
      for (let i = 0; i < 100; i += 10) await Promise.all(Array.from({ length: 10 }, (_, j) => ask(i + j)));
      const nowhere = { 'test-epp-endpoint-selection': '10.9.9.9:80' };
      expect((await send(rig.envoy.origin, { body: chat('m'), headers: nowhere })).status).toBe(429);
      await rig.settled();
    } finally {
      await configured.close();
      for (const model of models) await model.die();
    }
  });
});

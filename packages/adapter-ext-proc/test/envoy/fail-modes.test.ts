import { afterEach, expect, it } from 'vitest';
import { createExtProcServer } from '../../src/index.ts';
import { chat } from './rig/chat.ts';
import { createRig, type Rig } from './rig/create-rig.ts';
import { describeWithEnvoy } from './rig/describe-with-envoy.ts';
import { ModelServer } from './rig/model-server.ts';
import { send } from './rig/send.ts';
import { startStream } from './rig/start-stream.ts';

describeWithEnvoy('when something behind Envoy fails', () => {
  let rig: Rig | undefined;

  afterEach(async () => {
    await rig?.[Symbol.asyncDispose]();
    rig = undefined;
  });

  it('fails closed without the picker, whatever destination the client names', async () => {
    rig = await createRig();
    rig.picker.close();
    const headers = { 'x-gateway-destination-endpoint': `127.0.0.1:${rig.models[0]!.port}` };
    const { status } = await send(rig.envoy.origin, { body: chat('m0'), headers });
    expect(status).toBe(503);
    expect(rig.models.map(({ arrivals }) => arrivals.length)).toEqual([0, 0]);
  });

  it('finds the picker again when it is back', async () => {
    rig = await createRig();
    const { scheduler, pickerPort: port } = rig;
    rig.picker.close();
    expect((await send(rig.envoy.origin, { body: chat('m1') })).status).toBe(503);
    const again = createExtProcServer({ scheduler });
    try {
      await again.listen({ host: '127.0.0.1', port });
      while ((await send(rig.envoy.origin, { body: chat('m1') })).status !== 200);
      expect(rig.models[1]!.arrivals).toHaveLength(1);
    } finally {
      again.close();
    }
  });

  it('fails open where that is configured: Envoy takes turns', async () => {
    const spares = [await ModelServer.start(), await ModelServer.start()];
    try {
      rig = await createRig({
        config: 'fail-open',
        ports: { 'any-model-server': spares.map(({ port }) => port) },
      });
      const headers = { 'x-gateway-destination-endpoint': `127.0.0.1:${rig.models[0]!.port}` };
      expect((await send(rig.envoy.origin, { body: chat('m1'), headers })).status).toBe(200);
      expect(rig.models.map(({ arrivals }) => arrivals.length)).toEqual([0, 1]);
      rig.picker.close();
      const body = chat('m1', { bytes: 100_000 });
      for (let i = 0; i < 4; i++) expect((await send(rig.envoy.origin, { body, headers })).status).toBe(200);
      expect(spares.map(({ arrivals }) => arrivals.length)).toEqual([2, 2]);
      expect(spares[0]!.last?.body.toString()).toBe(body);
      expect(rig.models.map(({ arrivals }) => arrivals.length)).toEqual([0, 1]);
    } finally {
      for (const spare of spares) await spare.die();
    }
  });

  it.each([
    ['goes on where the configuration fails open', 'fail-open', 'whole'],
    ['is cut off where it fails closed', 'recommended', 'cut'],
  ])('an answer that streams while the picker dies %s', async (_how, config, fate) => {
    rig = await createRig({ config, ports: { 'any-model-server': [1, 2] } });
    const streamed = await startStream(rig);
    rig.picker.close();
    if (fate === 'whole') streamed.model.end('data: 2\n\n');
    expect(await streamed.rest).toEqual(
      fate === 'whole' ? { text: 'data: 2\n\n', isWhole: true } : { text: '', isWhole: false },
    );
  });

  it('answers 503 when the endpoint is dead, and gives it back', async () => {
    rig = await createRig();
    await rig.models[1]!.die();
    expect((await send(rig.envoy.origin, { body: chat('m1') })).status).toBe(503);
    await rig.settled();
    expect((await send(rig.envoy.origin, { body: chat('m0') })).status).toBe(200);
    await rig.settled();
  });

  it('ends the answer when the endpoint dies while it streams, and gives it back', async () => {
    rig = await createRig();
    const streamed = await startStream(rig);
    await rig.models[1]!.die();
    expect(await streamed.rest).toEqual({ text: '', isWhole: false });
    await rig.settled();
  });

  it('answers 503 when there is no endpoint', async () => {
    rig = await createRig({ models: 0 });
    for (const sent of [{ body: chat('m0') }, { method: 'GET', path: '/v1/models' }]) {
      const received = await send(rig.envoy.origin, sent);
      expect(received.status).toBe(503);
      expect(received.body.toString()).toMatch(/^inference error: ServiceUnavailable - /);
    }
  });
});

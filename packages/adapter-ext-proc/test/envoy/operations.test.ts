import { once } from 'node:events';
import { connect } from 'node:net';
import { createCatalog, createConfiguredScheduler } from '@pointsman/config';
import { builtinPlugins } from '@pointsman/plugins';
import { afterEach, expect, it } from 'vitest';
import { chat } from './rig/chat.ts';
import { createRig, type Rig } from './rig/create-rig.ts';
import { describeWithEnvoy } from './rig/describe-with-envoy.ts';
import { ModelServer } from './rig/model-server.ts';
import { send } from './rig/send.ts';
import { extProcFilters } from './rig/shipped-config.ts';
import { startStream } from './rig/start-stream.ts';

describeWithEnvoy('while Envoy serves', () => {
  let rig: Rig | undefined;
  afterEach(async () => {
    await rig?.[Symbol.asyncDispose]();
    rig = undefined;
  });

  it.each(['recommended', 'full-duplex', 'buffered'])(
    'a picker that drains lets requests finish: %s',
    async (config) => {
      rig = await createRig({ config });
      const streamed = await startStream(rig);
      const drained = rig.picker.drain();
      streamed.model.end('data: 2\n\n');
      expect(await streamed.rest).toEqual({ text: 'data: 2\n\n', isWhole: true });
      await drained;
      await rig.settled();
    },
  );

  it.each(['recommended', 'buffered'])(
    'a picker whose time is up lets go of answers, and they still reach the client: %s',
    async (config) => {
      rig = await createRig({ config });
      const streamed = await startStream(rig);
      await rig.picker.drain({ graceMs: 10 });
      rig.picker.close();
      expect(rig.pool.openCalls).toBe(0);
      streamed.model.end('data: 2\n\n');
      expect(await streamed.rest).toEqual({ text: 'data: 2\n\n', isWhole: true });
    },
  );

  it('thousands of requests share one connection to the picker, however fast they come', async () => {
    rig = await createRig();
    const { origin } = rig.envoy;
    const failed: number[] = [];
    const client = async () => {
      for (let i = 0; i < 60; i++) {
        const { status } = await send(origin, { body: chat('m0') });
        if (status !== 200) failed.push(status);
      }
    };
    await Promise.all(Array.from({ length: 50 }, client));
    expect(failed).toEqual([]);
    expect(await rig.envoy.stat('cluster.picker.upstream_cx_total')).toBe(1);
    expect(await rig.envoy.stat('cluster.picker.upstream_rq_total')).toBe(3000);
    await rig.settled();
  });

  it('the configuration of the picker may change', async () => {
    const models = [await ModelServer.start(), await ModelServer.start()];
    const configFor = (side: string) => `plugins:
  - { type: by-label-selector, parameters: { matchLabels: { side: ${side} } } }
schedulingProfiles: [{ name: default, plugins: [{ pluginRef: by-label-selector }] }]
endpoints:
${models.map(({ port }, i) => `  - { address: 127.0.0.1, port: ${port}, labels: { side: s${i} } }`).join('\n')}
`;
    const configured = await createConfiguredScheduler({
      text: configFor('s0'),
      catalog: createCatalog(builtinPlugins),
    });
    try {
      rig = await createRig({ models: 0, scheduler: () => configured.scheduler });
      const requests: Promise<number>[] = [];
      const sendOne = async () => (await send(rig!.envoy.origin, { body: chat('m') })).status;
      expect(await sendOne()).toBe(200);
      for (let i = 0; i < 20; i++) {
        requests.push(sendOne());
        if (i === 10) expect((await configured.reload({ text: configFor('s1') })).ok).toBe(true);
      }
      expect(new Set(await Promise.all(requests))).toEqual(new Set([200]));
      // Beside requests, metrics are scraped.
      const requestsAt = (i: number) => models[i]!.arrivals.filter(({ method }) => method === 'POST').length;
      const before = requestsAt(0);
      expect(await sendOne()).toBe(200);
      expect(requestsAt(0)).toBe(before);
      expect(requestsAt(0) + requestsAt(1)).toBe(22);
      await rig.settled();
    } finally {
      await configured.close();
      for (const model of models) await model.die();
    }
  });

  it.each([true, false])('bodies of answers are switched off where that is allowed: %s', async (isAllowed) => {
    rig = await createRig({
      config: 'buffered',
      edit(config) {
        const [filter] = extProcFilters(config);
        const { processing_mode } = filter as { processing_mode: Record<string, string> };
        processing_mode.response_body_mode = 'STREAMED';
        filter!.allow_mode_override = isAllowed;
      },
    });
    const streamed = await startStream(rig);
    expect(rig.pool.openCalls).toBe(1);
    streamed.model.end('data: 2\n\n');
    expect(await streamed.rest).toEqual({ text: 'data: 2\n\n', isWhole: true });
    await rig.settled();
    expect(rig.warnings.filter((text) => text.includes('allow_mode_override'))).toHaveLength(isAllowed ? 0 : 1);
  });

  it('an upload may take longer than an answer of the picker', async () => {
    rig = await createRig({
      edit: (config) => {
        extProcFilters(config)[0]!.message_timeout = '0.2s';
      },
    });
    const body = chat('m1');
    const socket = connect(rig.envoy.port, '127.0.0.1');
    let text = '';
    socket.on('data', (part) => {
      text += part;
    });
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`,
    );
    socket.write(body.slice(0, 20));
    // Nothing tells that a timeout did not strike.
    await new Promise((resolve) => setTimeout(resolve, 600));
    socket.write(body.slice(20));
    await once(socket, 'close');
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(rig.models[1]!.last?.body.toString()).toBe(body);
    await rig.settled();
  });

  it('many requests in a short time do not cost the connection to the picker', async () => {
    rig = await createRig();
    for (let i = 0; i < 150; i++) {
      const sent = Array.from({ length: 16 }, () => send(rig!.envoy.origin, { body: chat('m1') }));
      expect(new Set((await Promise.all(sent)).map(({ status }) => status))).toEqual(new Set([200]));
    }
    // Each of them has reset its stream, and no connection was ended by the picker.
    expect(await rig.envoy.stat('cluster.picker.http2.tx_reset')).toBeGreaterThan(1000);
    expect(await rig.envoy.stat('cluster.picker.upstream_cx_close_notify')).toBe(0);
    await rig.settled();
  });

  it('a body that is longer than the picker reads is refused', async () => {
    rig = await createRig({ server: { limits: { bodyBytes: 100_000 } } });
    const received = await send(rig.envoy.origin, { body: chat('m1', { bytes: 100_000 }) });
    expect(received.status).toBe(413);
    expect(received.body.toString()).toContain('PayloadTooLarge');
    await rig.settled();
  });
});

import { once } from 'node:events';
import { request } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { createScheduler, definePlugin, type SchedulerHost } from '@pointsman/core';
import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { inOrderPicker } from '../server/in-order-picker.ts';
import { chat } from './rig/chat.ts';
import { createRig, type Rig, type RigOptions } from './rig/create-rig.ts';
import { deferred } from './rig/deferred.ts';
import { describeWithEnvoy } from './rig/describe-with-envoy.ts';
import { ModelServer } from './rig/model-server.ts';
import { send } from './rig/send.ts';
import { extProcFilters } from './rig/shipped-config.ts';
import { startStream } from './rig/start-stream.ts';

/** A scheduler that has every request wait until the test lets it in, or nobody waits for it any more. */
function waitingRoom() {
  const entered = deferred();
  let hasEntered = false;
  const opened = deferred();
  const left = deferred();
  const plugin = definePlugin({
    type: 'waiting-room',
    description: 'Has requests wait.',
    params: z.strictObject({}),
    create: () => ({
      async admit(cycle) {
        const abandoned = deferred();
        cycle.onAbandoned(abandoned.resolve);
        hasEntered = true;
        entered.resolve();
        await Promise.race([opened.promise, abandoned.promise.then(left.resolve)]);
      },
    }),
  });
  const scheduler = (models: readonly ModelServer[]): SchedulerHost =>
    createScheduler({
      endpoints: models.map(({ port }) => ({ address: '127.0.0.1', port })),
      profiles: { default: { picker: inOrderPicker() } },
      plugins: [plugin()],
    });
  return {
    scheduler,
    entered: entered.promise,
    hasEntered: () => hasEntered,
    open: opened.resolve,
    left: left.promise,
  };
}

/** How long Envoy waits for the picker. */
const patience = (duration: string): Pick<RigOptions, 'edit'> => ({
  edit: (config) => {
    extProcFilters(config)[0]!.message_timeout = duration;
  },
});

describeWithEnvoy('a request that waits in the picker', () => {
  let rig: Rig | undefined;
  afterEach(async () => {
    await rig?.[Symbol.asyncDispose]();
    rig = undefined;
  });

  it.each(['recommended', 'full-duplex', 'buffered'])('is forgotten when its client leaves: %s', async (config) => {
    const room = waitingRoom();
    rig = await createRig({ config, models: 1, scheduler: room.scheduler });
    const outgoing = request(new URL('/v1/chat/completions', rig.envoy.origin), { method: 'POST', agent: false });
    outgoing.on('error', () => {});
    outgoing.end(chat('m'));
    await room.entered;
    outgoing.destroy();
    await room.left;
    await rig.settled();
    expect(rig.models[0]!.arrivals).toEqual([]);
    expect(rig.warnings).toEqual([]);
  });

  it('longer than message_timeout gets 504, and leaves its place, where bodies are buffered', async () => {
    const room = waitingRoom();
    rig = await createRig({ config: 'buffered', models: 1, scheduler: room.scheduler, ...patience('0.1s') });
    // On a slow machine, the picker hears of some only when they are over.
    while (!room.hasEntered()) expect((await send(rig.envoy.origin, { body: chat('m') })).status).toBe(504);
    await room.left;
    await rig.settled();
    expect(rig.models[0]!.arrivals).toEqual([]);
  });

  it('longer than message_timeout, again and again, makes the picker say what to change', async () => {
    const room = waitingRoom();
    rig = await createRig({ config: 'buffered', models: 1, scheduler: room.scheduler, ...patience('0.2s') });
    const { origin } = rig.envoy;
    // Where much else runs, some of them wait longer than others.
    while (rig.warnings.length === 0) {
      await Promise.all(Array.from({ length: 10 }, () => send(origin, { body: chat('m') })));
      await rig.settled();
    }
    expect(rig.warnings).toEqual([expect.stringContaining('message_timeout longer')]);
  });

  it('longer than message_timeout goes on without the picker where that fails open', async () => {
    await using spare = await ModelServer.start();
    const room = waitingRoom();
    rig = await createRig({
      config: 'fail-open',
      models: 1,
      scheduler: room.scheduler,
      ports: { 'any-model-server': [spare.port, spare.port] },
      ...patience('0.1s'),
    });
    let sent = 0;
    for (; !room.hasEntered(); sent++) {
      expect((await send(rig.envoy.origin, { body: chat('m') })).status).toBe(200);
    }
    expect(spare.arrivals).toHaveLength(sent);
    await room.left;
    await rig.settled();
  });

  it('longer than message_timeout waits on where bodies are streamed both ways', async () => {
    const room = waitingRoom();
    rig = await createRig({ models: 1, scheduler: room.scheduler, ...patience('0.1s') });
    const answer = send(rig.envoy.origin, { body: chat('m') });
    await room.entered;
    // Nothing tells that a timeout did not strike.
    await new Promise((resolve) => setTimeout(resolve, 400));
    room.open();
    expect((await answer).status).toBe(200);
    await rig.settled();
  });

  it('of a stream that lives longer than grpc_service.timeout is not cut off by it', async () => {
    rig = await createRig({
      edit: (config) => {
        Object.assign(extProcFilters(config)[0]!.grpc_service as object, { timeout: '0.1s' });
      },
    });
    const streamed = await startStream(rig);
    await new Promise((resolve) => setTimeout(resolve, 400));
    streamed.model.end('data: 2\n\n');
    expect(await streamed.rest).toEqual({ text: 'data: 2\n\n', isWhole: true });
    await rig.settled();
  });

  it('for a picker that does not answer any more gets 503 when keep-alives fail', async () => {
    const sockets = new Set<Socket>();
    // Takes connections, and says nothing.
    const silent = createServer((socket) => {
      sockets.add(socket.on('error', () => {}));
    });
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address() as { port: number };
    try {
      rig = await createRig({
        ports: { picker: [address.port] },
        edit: (config) => {
          const picker = config.static_resources.clusters.find(({ name }) => name === 'picker')!;
          const options = picker.typed_extension_protocol_options as Record<
            string,
            { explicit_http_config: { http2_protocol_options: Record<string, unknown> } }
          >;
          const [http] = Object.values(options);
          http!.explicit_http_config.http2_protocol_options.connection_keepalive = {
            interval: '0.1s',
            timeout: '0.1s',
          };
        },
      });
      expect((await send(rig.envoy.origin, { body: chat('m') })).status).toBe(503);
      expect(rig.models.map(({ arrivals }) => arrivals.length)).toEqual([0, 0]);
    } finally {
      for (const socket of sockets) socket.destroy();
      silent.close();
    }
  });
});

import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createScheduler } from '@pointsman/core';
import { afterEach, expect, it } from 'vitest';
import { createBodyRouter, createExtProcServer } from '../../src/index.ts';
import { inOrderPicker } from '../server/in-order-picker.ts';
import { createRig, type Rig } from './rig/create-rig.ts';
import { describeWithEnvoy } from './rig/describe-with-envoy.ts';
import { connectionManager } from './rig/shipped-config.ts';

const UPGRADE = 'host: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n';

describeWithEnvoy('what asks for a connection of its own', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  /** A model server that switches protocols, and then sends everything back. */
  async function echo(): Promise<number> {
    const sockets = new Set<Socket>();
    const server = createServer();
    server.on('upgrade', (_incoming, socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
      socket.pipe(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ends.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return (server.address() as AddressInfo).port;
  }

  /** Writes these bytes to Envoy. @returns what comes back until it ends in `until` */
  function speak(rig: Rig) {
    const socket = connect(rig.envoy.port, '127.0.0.1');
    socket.on('error', () => {});
    ends.push(() => socket.destroy());
    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    const heard = async (wanted: string) => {
      while (!text.includes(wanted)) await once(socket, 'data');
      return text;
    };
    return { socket, heard };
  }

  it.each(['recommended', 'full-duplex', 'bbr'])('a WebSocket is placed, and carries both ways: %s', async (config) => {
    const port = await echo();
    const router = createExtProcServer({ processor: createBodyRouter() });
    ends.push(() => router.close());
    const routerPort = await router.listen({ host: '127.0.0.1', port: 0 });
    const rig = await createRig({
      config,
      ports: { 'body-router': [routerPort], 'second-picker': [1] },
      models: 0,
      scheduler: () =>
        createScheduler({
          endpoints: [{ address: '127.0.0.1', port }],
          profiles: { default: { picker: inOrderPicker() } },
        }),
      edit: (edited) => {
        connectionManager(edited).upgrade_configs = [{ upgrade_type: 'websocket' }];
      },
    });
    ends.push(() => rig[Symbol.asyncDispose]());
    const { socket, heard } = speak(rig);
    socket.write(`GET /v1/realtime HTTP/1.1\r\n${UPGRADE}`);
    expect(await heard('\r\n\r\n')).toMatch(/^HTTP\/1\.1 101 /);
    for (const word of ['one', 'two']) {
      socket.write(word);
      await heard(word);
      expect(rig.pool.openCalls).toBe(1);
    }
    socket.destroy();
    await rig.settled();
  });

  it.each([
    ['a WebSocket', `GET /v1/realtime HTTP/1.1\r\n${UPGRADE}`, 403],
    ['CONNECT', 'CONNECT a:80 HTTP/1.1\r\nhost: a:80\r\n\r\n', 404],
  ])('%s is turned away where Envoy does not allow it', async (_what, text, status) => {
    const rig = await createRig();
    ends.push(() => rig[Symbol.asyncDispose]());
    const { socket, heard } = speak(rig);
    socket.write(text);
    expect(await heard('\r\n\r\n')).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    socket.destroy();
    await rig.settled();
  });
});

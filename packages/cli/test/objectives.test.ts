import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { CORE, pointsman, RunningCommand } from './command.ts';
import { processChat } from './grpc.ts';
import { TemporaryFolder } from './temporary-folder.ts';

vi.setConfig({ testTimeout: 120_000 });

/** Shows priorities to the model server, and turns the lowest away. */
const PLUGIN = `import { definePlugin, reject } from ${CORE};
export const priorities = definePlugin({
  type: 'priorities',
  create: () => ({
    preCall({ request }) {
      if (request.priority <= -10) reject({ status: 429, reason: 'shed' });
    },
    postChoice({ request }, decision) {
      decision.setHeader('x-priority', String(request.priority));
    },
  }),
});
`;

const OBJECTIVE = 'x-llm-d-inference-objective';

it('objectives of the configuration give requests their priority, wherever they come in', async () => {
  const seen: (string | undefined)[] = [];
  const model = createServer((request, response) => {
    if (request.method === 'POST') seen.push(request.headers['x-priority'] as string | undefined);
    request.resume();
    response.end('{}');
  });
  model.listen(0, '127.0.0.1');
  await once(model, 'listening');
  using folder = new TemporaryFolder();
  const file = path.join(folder.path, 'pointsman.yaml');
  const config = (chat: number) => `imports: [./priorities.mjs]
plugins: [{ type: priorities }]
objectives:
  - { name: chat, priority: ${chat} }
  - { name: batch, priority: -10 }
endpoints: [{ address: 127.0.0.1, port: ${(model.address() as AddressInfo).port} }]
`;
  writeFileSync(path.join(folder.path, 'priorities.mjs'), PLUGIN);
  writeFileSync(file, config(7));
  try {
    const listen = ['--host', '127.0.0.1', '--admin-port', '0', '--json'];
    await using gateway = await RunningCommand.start(['gateway', '--config', file, '--port', '0', ...listen]);
    const { gateway: url, admin } = gateway.announced as { gateway: string; admin: string };
    const body = JSON.stringify({ model: 'm', prompt: 'Hello' });
    const send = async (headers: Readonly<Record<string, string>>) => {
      const answer = await fetch(`${url}/v1/completions`, { method: 'POST', body, headers });
      await answer.text();
      return answer.status;
    };
    expect(await send({ [OBJECTIVE]: 'chat' })).toBe(200);
    expect(await send({ [OBJECTIVE]: 'unheard-of' })).toBe(200);
    expect(await send({})).toBe(200);
    expect(await send({ 'x-gateway-inference-objective': 'batch' })).toBe(429);
    expect(seen).toEqual(['7', '0', '0']);
    const asked = await fetch(new URL('/api/decide', admin), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'm', headers: { [OBJECTIVE]: 'batch' } }),
    });
    expect(await asked.json()).toMatchObject({ rejected: { reason: 'shed' } });
    const reloaded = gateway.untilLogged('configuration reloaded');
    writeFileSync(file, config(8));
    await reloaded;
    expect(await send({ [OBJECTIVE]: 'chat' })).toBe(200);
    expect(seen.at(-1)).toBe('8');

    const ports = ['--grpc-port', '0', '--grpc-health-port', '0', '--metrics-port', '0', '--secure-serving=false'];
    await using epp = await RunningCommand.start(['epp', '--config-file', file, ...ports, ...listen]);
    const { picker } = epp.announced as { picker: number };
    const set = await processChat(picker, 'm', undefined, { [OBJECTIVE]: 'chat' });
    expect(set['x-priority']).toBe('8');

    const question = { endpoints: [{ id: 'default/a' }], request: { headers: { [OBJECTIVE]: 'batch' } } };
    const decided = await pointsman(['decide', '--config', file, '--json'], JSON.stringify(question));
    expect(decided.stdout).toContain('shed');
  } finally {
    model.close().closeAllConnections();
  }
});

import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Explanation } from '@pointsman/core';
import { createSimServer, type SimServer } from '@pointsman/testkit/sim';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RunningCommand } from './command.ts';
import { type Completion, complete } from './completion.ts';
import { installTarballs, packDependencies, packPackage } from './packed-packages.ts';
import { TemporaryFolder } from './temporary-folder.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

/** The command as it is published: built, not from its sources. */
const BUILT_COMMAND = [fileURLToPath(new URL('../bin/pointsman.mjs', import.meta.url))];
const PLUGIN = '@acme/pointsman-same-zone';
const FREE_PORTS = ['--host', '127.0.0.1', '--port', '0', '--admin-port', '0', '--json'];

const servers: SimServer[] = [];
/** Outside of the workspace: what a user has. */
let folder: TemporaryFolder;

beforeAll(async () => {
  for (let i = 0; i < 2; i++) servers.push(await createSimServer({ port: 0, interTokenLatency: 20 }));
  folder = new TemporaryFolder();
  folder.write('package.json', '{ "private": true }');
  using tarballs = new TemporaryFolder();
  await packPackage('examples/custom-scorer', tarballs.path);
  await packPackage('packages/core', tarballs.path);
  await packDependencies('packages/core', ['zod'], tarballs.path);
  await installTarballs(tarballs.path, folder.path);
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  folder[Symbol.dispose]();
});

const configFor = (zone: string) => `imports: ["${PLUGIN}"]
plugins:
  - { type: same-zone, parameters: { zone: ${zone}, penalty: 0.75 } }
  - { type: max-score-picker }
endpoints:
  - { name: east, address: 127.0.0.1, port: ${servers[0]!.port}, labels: { topology.kubernetes.io/zone: east } }
  - { name: west, address: 127.0.0.1, port: ${servers[1]!.port}, labels: { topology.kubernetes.io/zone: west } }
`;

/** A later version of the plugin, which avoids the zone. */
const TURNED_ROUND = `import { defineScorer } from '@pointsman/core';
import { z } from 'zod';

export const sameZone = defineScorer({
  type: 'same-zone',
  params: z.strictObject({ zone: z.string(), penalty: z.number() }),
  create: ({ params: { zone, penalty } }) => ({
    score: (endpoint) => (endpoint.labels['topology.kubernetes.io/zone'] === zone ? 1 - penalty : 0.5),
  }),
});
`;

describe('a plugin that was packed and installed as an npm package', () => {
  it('comes with a core of its own', () => {
    const manifest = readFileSync(path.join(folder.path, 'node_modules', PLUGIN, 'package.json'), 'utf8');
    expect(manifest).not.toMatch(/workspace:|catalog:/);
    const inside = realpathSync(folder.path);
    for (const name of ['@pointsman/core', 'zod', PLUGIN]) {
      const installed = path.join(inside, 'node_modules', name);
      expect(realpathSync(installed)).toBe(installed);
    }
  });

  it('decides, follows its parameters while traffic runs, and is loaded anew when its code changes', async () => {
    const file = folder.write('pointsman.yaml', configFor('east'));
    await using gateway = await RunningCommand.start(['gateway', '--config', file, ...FREE_PORTS], BUILT_COMMAND);
    const { gateway: url, admin } = gateway.announced as { gateway: string; admin: string };
    const served: Completion[] = [];
    const send = async () => {
      const answer = await complete(url);
      served.push(answer);
      return answer;
    };
    const explain = async ({ decision }: Completion) =>
      (await (await fetch(new URL(`/api/decisions/${decision}`, admin))).json()) as Explanation;

    const first = await send();
    expect(first).toMatchObject({ status: 200, endpoint: 'default/east' });
    const explained = await explain(first);
    const [profile] = explained.profiles;
    expect(profile!.scorers.map(({ plugin }) => plugin)).toEqual(['same-zone']);
    expect(scoresOf(explained)).toEqual({ 'default/east': 1, 'default/west': 0.25 });
    expect(profile!.margin).toBe(0.75);

    let isRunning = true;
    const traffic = Array.from({ length: 4 }, async () => {
      while (isRunning) await send();
    });

    const reloaded = gateway.untilLogged('configuration reloaded');
    writeFileSync(file, configFor('west'));
    await reloaded;
    expect((await send()).endpoint).toBe('default/west');

    writeFileSync(path.join(folder.path, 'node_modules', PLUGIN, 'dist/index.js'), TURNED_ROUND);
    const answer = await fetch(new URL('/api/reload', admin), { method: 'POST' });
    expect(await answer.json()).toMatchObject({ reloaded: true, result: { changed: ['default'] } });
    const turned = await send();
    expect(turned.endpoint).toBe('default/east');
    expect(scoresOf(await explain(turned))).toEqual({ 'default/east': 0.5, 'default/west': 0.25 });

    isRunning = false;
    await Promise.all(traffic);
    expect(served.filter(({ status }) => status !== 200)).toEqual([]);
    expect(new Set(served.map(({ endpoint }) => endpoint))).toEqual(new Set(['default/east', 'default/west']));
    expect(await gateway.end()).toBe(0);
  });
});

/** What the profile's only scorer said of each endpoint. */
function scoresOf({ profiles }: Explanation): Record<string, number | null> {
  return Object.fromEntries(profiles[0]!.candidates.map(({ endpoint, scores }) => [endpoint, scores[0]!.raw]));
}

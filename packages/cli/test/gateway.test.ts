import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createSimServer, type SimServer } from '@pointsman/testkit/sim';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { pointsman, RunningCommand, spawnCommand } from './command.ts';
import { complete } from './completion.ts';
import { TemporaryFolder } from './temporary-folder.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const FREE_PORTS = ['--host', '127.0.0.1', '--port', '0', '--admin-port', '0', '--json'];

const servers: SimServer[] = [];
beforeAll(async () => {
  for (let i = 0; i < 2; i++) servers.push(await createSimServer({ port: 0, interTokenLatency: 20 }));
});
afterAll(() => Promise.all(servers.map((server) => server.close())));

/** Sends everything to the endpoints with this label. */
const configFor = (side: string) => `plugins:
  - type: by-label-selector
    parameters: { matchLabels: { side: ${side} } }
schedulingProfiles:
  - name: default
    plugins: [{ pluginRef: by-label-selector }]
endpoints:
  - { name: left, address: 127.0.0.1, port: ${servers[0]!.port}, labels: { side: left } }
  - { name: right, address: 127.0.0.1, port: ${servers[1]!.port}, labels: { side: right } }
`;

describe('pointsman gateway', { concurrent: true }, () => {
  it('needs no file: endpoints are enough', async () => {
    const endpoints = servers.map(({ url }) => url).join(',');
    await using gateway = await RunningCommand.start(['gateway', '--endpoints', endpoints, ...FREE_PORTS]);
    const { gateway: url, admin } = gateway.announced as { gateway: string; admin: string };
    expect(await complete(url)).toMatchObject({ status: 200, endpoint: expect.stringContaining('default/127.0.0.1:') });

    const metrics = await (await fetch(new URL('/metrics', admin))).text();
    expect(metrics).toMatch(/^pointsman_decisions_total\{.*\} 1$/m);
    const page = await fetch(admin);
    expect(page.headers.get('content-type')).toContain('text/html');

    // The newest decision, explained by the command.
    const [table, json, unknown] = await Promise.all([
      pointsman(['explain', '--admin', admin]),
      pointsman(['explain', 'default:1', '--admin', admin, '--json']),
      pointsman(['explain', 'default:99', '--admin', admin]),
    ]);
    expect(table.stdout).toContain('Decision default:1 ');
    expect(table.stdout).toContain('prefix-cache-scorer x3');
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('"default:99" is not remembered') });
    const [markdown, garbage] = await Promise.all([
      pointsman(['explain', '--file', '-', '--as', 'markdown'], json.stdout),
      pointsman(['explain', '--file', '-'], '{"version": 1}'),
    ]);
    expect(markdown).toMatchObject({ code: 0, stdout: expect.stringContaining('| --- |') });
    expect(garbage).toMatchObject({ code: 1, stderr: expect.stringContaining('no explanation of a decision: id') });

    expect(await gateway.end()).toBe(0);
    const lines = gateway.log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toContainEqual(expect.objectContaining({ level: 'info', msg: 'the gateway serves', url }));
    expect(lines.at(-1)).toMatchObject({ msg: 'the gateway has ended' });
    expect(await pointsman(['explain', '--admin', admin])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no admin listener answers'),
    });
  });

  it('follows its file while traffic runs, without losing a request', async () => {
    using folder = new TemporaryFolder();
    const file = folder.write('pointsman.yaml', configFor('left'));
    await using gateway = await RunningCommand.start(['gateway', '--config', file, ...FREE_PORTS]);
    const { gateway: url, admin } = gateway.announced as { gateway: string; admin: string };

    const served: { status: number; endpoint: string | null }[] = [];
    let isRunning = true;
    const traffic = Array.from({ length: 4 }, async () => {
      while (isRunning) served.push(await complete(url));
    });
    const edit = async (text: string, logged: string) => {
      const seen = gateway.untilLogged(logged);
      writeFileSync(file, text);
      await seen;
    };

    await edit(configFor('right'), 'configuration reloaded');
    expect((await complete(url)).endpoint).toBe('default/right');
    await edit('plugins: [{ type: nothing-such }]\n', 'nothing-such');
    expect((await complete(url)).endpoint).toBe('default/right');

    const gone = gateway.untilLogged('is gone; the configuration at work stays');
    rmSync(file);
    await gone;
    expect((await complete(url)).endpoint).toBe('default/right');
    await edit(configFor('left'), 'configuration reloaded');
    expect((await complete(url)).endpoint).toBe('default/left');

    // A reload that is asked for does not wait for anybody to look at the file.
    const hup = gateway.untilLogged('configuration reloaded');
    gateway.child.kill('SIGHUP');
    await hup;
    writeFileSync(file, configFor('right'));
    const reloaded = await fetch(new URL('/api/reload', admin), { method: 'POST' });
    expect(await reloaded.json()).toMatchObject({ reloaded: true });
    expect((await complete(url)).endpoint).toBe('default/right');

    isRunning = false;
    await Promise.all(traffic);
    expect(served.filter(({ status }) => status !== 200)).toEqual([]);
    expect(new Set(served.map(({ endpoint }) => endpoint))).toEqual(new Set(['default/left', 'default/right']));
  });

  it('logs what plugins tell of a request', async () => {
    using folder = new TemporaryFolder();
    const reporter = `plugins:
  - type: request-attribute-reporter
    parameters: { attributes: [{ key: { name: cost }, expression: usage.total_tokens }] }
endpoints: ["${servers[0]!.url}"]
`;
    const file = folder.write('pointsman.yaml', reporter);
    await using gateway = await RunningCommand.start(['gateway', '--config', file, '--no-admin', ...FREE_PORTS]);
    const logged = gateway.untilLogged('plugins tell of a request');
    const answer = await fetch(new URL('/v1/completions', gateway.announced.gateway as string), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': 'r-1' },
      body: JSON.stringify({ model: 'simulated-model', prompt: 'hello', max_tokens: 4 }),
    });
    const { usage } = (await answer.json()) as { usage: { total_tokens: number } };
    await logged;
    const line = gateway.log.split('\n').find((each) => each.includes('plugins tell'));
    expect(JSON.parse(line!)).toMatchObject({
      level: 'info',
      request: 'r-1',
      decision: 'default:1',
      endpoint: expect.stringContaining('default/'),
      metadata: { 'envoy.lb': { cost: usage.total_tokens } },
    });
    expect(usage.total_tokens).toBeGreaterThan(0);
  });

  it('answers on its admin listener under the names that the configuration gives', async () => {
    using folder = new TemporaryFolder();
    const file = folder.write(
      'pointsman.yaml',
      `admin: { allowedHosts: [admin.internal] }\nendpoints: ["${servers[0]!.url}"]\n`,
    );
    await using gateway = await RunningCommand.start(['gateway', '--config', file, ...FREE_PORTS]);
    const statusUnder = async (host: string) => {
      const [response] = await once(
        get(new URL('/api', gateway.announced.admin as string), { headers: { host }, agent: false }),
        'response',
      );
      return (response as IncomingMessage).resume().statusCode;
    };
    expect(await statusUnder('admin.internal:9090')).toBe(200);
    expect(await statusUnder('other.internal')).toBe(421);
  });

  it('lets requests finish when it is told to end', async () => {
    await using gateway = await RunningCommand.start(['gateway', '--endpoints', servers[0]!.url, ...FREE_PORTS]);
    const { gateway: url } = gateway.announced as { gateway: string };
    const answer = await fetch(new URL('/v1/completions', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'simulated-model', prompt: 'a', max_tokens: 30, ignore_eos: true, stream: true }),
    });
    const draining = gateway.untilLogged('the gateway drains');
    const ended = gateway.end();
    await draining;
    expect(await answer.text()).toContain('data: [DONE]');
    expect(await ended).toBe(0);
  });

  it('ends at once on a second signal', async () => {
    const slow = await createSimServer({ port: 0, fault: ['hang'] });
    await using gateway = await RunningCommand.start(['gateway', '--endpoints', slow.url, ...FREE_PORTS]);
    const { gateway: url, admin } = gateway.announced as { gateway: string; admin: string };
    const lost = complete(url).catch(() => 'lost');
    await vi.waitUntil(async () => {
      const pools = (await (await fetch(new URL('/api/pools', admin))).json()) as { pools: { openCalls: number }[] };
      return pools.pools[0]?.openCalls === 1;
    }, 60_000);
    const draining = gateway.untilLogged('the gateway drains');
    gateway.child.kill('SIGTERM');
    await draining;
    expect(await gateway.end('SIGTERM')).toBe(143);
    expect(await lost).toBe('lost');
    await slow.close();
  });

  it('does not wait for its standard input when it cannot start', async () => {
    const child = spawnCommand(['gateway', '--config', 'no-such-file.yaml', '--stop-with-stdin']);
    expect(await once(child, 'close')).toEqual([1, null]);
  });

  it('says what keeps it from starting', async () => {
    using folder = new TemporaryFolder();
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const bad = folder.write('bad.yaml', 'plugins: [{ type: queu-scorer }]\n');
    const nowhere = ['--endpoints', 'http://127.0.0.1:1', '--log-level', 'silent', '--host', '127.0.0.1'];
    const [inUse, adminInUse, invalid, missing, neither, both] = await Promise.all([
      pointsman(['gateway', ...nowhere, '--port', String(port), '--admin-port', '0']),
      pointsman(['gateway', ...nowhere, '--port', '0', '--admin-port', String(port)]),
      pointsman(['gateway', '--config', bad]),
      pointsman(['gateway', '--config', path.join(folder.path, 'no.yaml')]),
      pointsman(['gateway']),
      pointsman(['gateway', '--config', bad, ...nowhere]),
    ]);
    taken.close();
    expect(inUse).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`the gateway cannot listen on 127.0.0.1:${port}`),
    });
    expect(adminInUse).toMatchObject({ code: 1, stderr: expect.stringContaining(`the admin listener cannot listen`) });
    expect(invalid).toMatchObject({ code: 1, stderr: expect.stringContaining(`${bad}:1:19 plugins[0].type`) });
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no such file') });
    expect(neither).toMatchObject({ code: 2, stderr: expect.stringContaining('--config') });
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be used with') });
  });
});
